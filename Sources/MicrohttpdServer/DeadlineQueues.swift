import GatewayCore

/// The time limits of all connections.
///
/// A phase has one constant limit, so those that are in it expire in the order in which they
/// entered it: a queue for each phase, linked through one array, makes every move O(1) without an
/// allocation, and the next deadline is the earliest of a few first ones.
struct DeadlineQueues {
  private struct Entry {
    var deadline = MonotonicInstant.distantFuture
    // The neighbours in a ring. Whoever stands in no queue is a ring alone; while a slot is free,
    // `next` leads to another free one.
    var next: Int
    var previous: Int

    init(alone place: Int) {
      next = place
      previous = place
    }
  }

  private static let none = -1
  // Each phase has an entry at the beginning that closes its ring, behind the last and before the
  // first, so that no move has to ask whether it is at an end.
  private static let phases = ConnectionPhase.allCases.count

  // In nanoseconds: dividing a `Duration` on every move would be most of its cost.
  private let limits: [Int64?]
  private var entries = (0..<phases).map { Entry(alone: $0) }
  private var firstFree = none

  /// Creates the queues.
  ///
  /// - Parameter limits: a phase that is not in it never expires.
  init(limits: [ConnectionPhase: Duration]) {
    self.limits = ConnectionPhase.allCases.map { limits[$0]?.wholeNanoseconds }
  }

  /// Takes a slot for a new connection.
  mutating func add(_ phase: ConnectionPhase, at now: MonotonicInstant) -> Int {
    let place: Int
    if firstFree == DeadlineQueues.none {
      place = entries.count
      entries.append(Entry(alone: place))
    } else {
      place = firstFree
      firstFree = entries[place].next
      entries[place] = Entry(alone: place)
    }
    let slot = place - DeadlineQueues.phases
    move(slot, to: phase, at: now)
    return slot
  }

  /// Begins a phase; its time limit counts from `now`, which never goes back between calls.
  mutating func move(_ slot: Int, to phase: ConnectionPhase, at now: MonotonicInstant) {
    let place = slot + DeadlineQueues.phases
    let limit = limits[phase.rawValue]
    // One span, so that it is asked once whether the array is shared.
    var entries = entries.mutableSpan
    DeadlineQueues.unlink(place, in: &entries)
    guard let limit else { return }
    let (sum, overflows) = now.nanoseconds.addingReportingOverflow(limit)
    let last = entries[phase.rawValue].previous
    entries[last].next = place
    entries[phase.rawValue].previous = place
    entries[place].previous = last
    entries[place].next = phase.rawValue
    entries[place].deadline = overflows ? .distantFuture : MonotonicInstant(nanoseconds: sum)
  }

  /// Gives the slot back.
  mutating func remove(_ slot: Int) {
    let place = slot + DeadlineQueues.phases
    let nextFree = firstFree
    firstFree = place
    var entries = entries.mutableSpan
    DeadlineQueues.unlink(place, in: &entries)
    entries[place].next = nextFree
  }

  /// When the next connection expires.
  var earliest: MonotonicInstant? {
    let entries = entries.span
    var earliest: MonotonicInstant?
    for phase in 0..<DeadlineQueues.phases where entries[phase].next != phase {
      let deadline = entries[entries[phase].next].deadline
      earliest = earliest.map { min($0, deadline) } ?? deadline
    }
    return earliest
  }

  /// Takes one that has expired out of its queue; it keeps its slot and expires no more until it is
  /// moved.
  mutating func popExpired(at now: MonotonicInstant) -> (slot: Int, phase: ConnectionPhase)? {
    for phase in ConnectionPhase.allCases {
      let first = entries[phase.rawValue].next
      guard first != phase.rawValue, entries[first].deadline <= now else { continue }
      var entries = entries.mutableSpan
      DeadlineQueues.unlink(first, in: &entries)
      return (first - DeadlineQueues.phases, phase)
    }
    return nil
  }

  private static func unlink(_ place: Int, in entries: inout MutableSpan<Entry>) {
    let entry = entries[place]
    entries[entry.previous].next = entry.next
    entries[entry.next].previous = entry.previous
    entries[place] = Entry(alone: place)
  }
}
