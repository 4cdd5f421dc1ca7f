internal import GatewayCore

/// One user of a ``PollPlan``.
struct PollEntry {
  let user: ResourceID
  /// Nanoseconds on the monotonic clock.
  var due: Int64 = 0
  /// When something was last written that is not verified; nanoseconds on the monotonic clock.
  var wroteAt: Int64?
  var rhythm = RefreshRhythm()
  fileprivate(set) var place: Int32 = -1

  init(user: ResourceID) { self.user = user }
}

/// The users of a plan by the time of their next poll: a binary heap that knows where each stands.
struct DueHeap {
  /// By slot; a removed user's slot keeps its last entry until it is used again.
  private(set) var entries: [PollEntry] = []
  private var order: [Int32] = []

  /// The slot of the user who is due first.
  var first: Int32? { order.first }

  /// Takes a user in, at a free slot or the next one.
  mutating func insert(_ entry: PollEntry, at slot: Int32) {
    if Int(slot) == entries.count { entries.append(entry) } else { entries[Int(slot)] = entry }
    order.append(slot)
    entries[Int(slot)].place = Int32(order.count - 1)
    rise(order.count - 1)
  }

  /// Replaces the entry of a user, who may be due at another time now.
  mutating func update(_ slot: Int32, _ entry: PollEntry) {
    let place = entries[Int(slot)].place
    entries[Int(slot)] = entry
    entries[Int(slot)].place = place
    rise(Int(place))
    sink(Int(entries[Int(slot)].place))
  }

  mutating func remove(_ slot: Int32) {
    let place = Int(entries[Int(slot)].place)
    exchange(place, order.count - 1)
    order.removeLast()
    guard place < order.count else { return }
    rise(place)
    sink(place)
  }

  private func due(_ place: Int) -> Int64 { entries[Int(order[place])].due }

  private mutating func rise(_ start: Int) {
    var place = start
    while place > 0, due(place) < due((place - 1) / 2) {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func sink(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in 2 * place + 1...2 * place + 2
      where child < order.count && due(child) < due(least) {
        least = child
      }
      if least == place { return }
      exchange(place, least)
      place = least
    }
  }

  private mutating func exchange(_ left: Int, _ right: Int) {
    order.swapAt(left, right)
    entries[Int(order[left])].place = Int32(left)
    entries[Int(order[right])].place = Int32(right)
  }
}

/// Keeps polls from coming all at once, whatever made them late or moved them together.
struct PollPace {
  /// From when on one more poll may go, in nanoseconds on the monotonic clock.
  private(set) var open: Int64 = .min
  private var full: Int64 = .min

  // How much may go at once, as the time in which it would go evenly.
  private static let burst = 200_000_000 as Int64

  mutating func take(at now: Int64, perSecond rate: Double) {
    full = max(full, now) + Int64(1e9 / max(rate, 1e-3))
    open = full - Self.burst
  }
}
