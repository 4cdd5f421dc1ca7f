import GatewayCore

/// The time limits of all connections.
///
/// A phase has one constant limit, so those that are in it expire in the order in which they
/// entered it: a queue for each phase, linked through one array of slots, makes every move O(1)
/// without an allocation, and the next deadline is the earliest of a few heads.
struct DeadlineQueues {
  private struct Entry {
    var deadline = MonotonicInstant.distantFuture
    // The queue that it stands in: a phase, or `absent`. While the slot is free, `next` links the
    // free ones.
    var queue = absent
    var next = none
    var previous = none
  }

  private static let none = -1
  private static let absent = -1

  // In nanoseconds: dividing a `Duration` on every move would be most of its cost.
  private let limits: [Int64?]
  private var entries: [Entry] = []
  private var heads = [Int](repeating: none, count: ConnectionPhase.allCases.count)
  private var tails = [Int](repeating: none, count: ConnectionPhase.allCases.count)
  private var firstFree = none

  /// Creates the queues.
  ///
  /// - Parameter limits: a phase that is not in it never expires.
  init(limits: [ConnectionPhase: Duration]) {
    self.limits = ConnectionPhase.allCases.map { limits[$0]?.wholeNanoseconds }
  }

  /// Takes a slot for a new connection.
  mutating func add(_ phase: ConnectionPhase, at now: MonotonicInstant) -> Int {
    let slot: Int
    if firstFree == DeadlineQueues.none {
      slot = entries.count
      entries.append(Entry())
    } else {
      slot = firstFree
      firstFree = entries[slot].next
      entries[slot] = Entry()
    }
    link(slot, phase, now)
    return slot
  }

  /// Begins a phase; its time limit counts from `now`, which never goes back between calls.
  mutating func move(_ slot: Int, to phase: ConnectionPhase, at now: MonotonicInstant) {
    unlink(slot)
    link(slot, phase, now)
  }

  /// Gives the slot back.
  mutating func remove(_ slot: Int) {
    unlink(slot)
    entries[slot].next = firstFree
    firstFree = slot
  }

  /// When the next connection expires.
  var earliest: MonotonicInstant? {
    var earliest: MonotonicInstant?
    for head in heads where head != DeadlineQueues.none {
      let deadline = entries[head].deadline
      earliest = earliest.map { min($0, deadline) } ?? deadline
    }
    return earliest
  }

  /// Takes one that has expired out of its queue; it keeps its slot and expires no more until it is
  /// moved.
  mutating func popExpired(at now: MonotonicInstant) -> (slot: Int, phase: ConnectionPhase)? {
    for phase in ConnectionPhase.allCases {
      let head = heads[phase.rawValue]
      guard head != DeadlineQueues.none, entries[head].deadline <= now else { continue }
      unlink(head)
      return (head, phase)
    }
    return nil
  }

  private mutating func link(_ slot: Int, _ phase: ConnectionPhase, _ now: MonotonicInstant) {
    guard let limit = limits[phase.rawValue] else { return }
    let queue = phase.rawValue
    let tail = tails[queue]
    let (sum, overflows) = now.nanoseconds.addingReportingOverflow(limit)
    entries[slot] = Entry(
      deadline: overflows ? .distantFuture : MonotonicInstant(nanoseconds: sum), queue: queue,
      next: DeadlineQueues.none, previous: tail)
    if tail == DeadlineQueues.none { heads[queue] = slot } else { entries[tail].next = slot }
    tails[queue] = slot
  }

  private mutating func unlink(_ slot: Int) {
    let entry = entries[slot]
    guard entry.queue != DeadlineQueues.absent else { return }
    if entry.previous == DeadlineQueues.none {
      heads[entry.queue] = entry.next
    } else {
      entries[entry.previous].next = entry.next
    }
    if entry.next == DeadlineQueues.none {
      tails[entry.queue] = entry.previous
    } else {
      entries[entry.next].previous = entry.previous
    }
    entries[slot] = Entry()
  }
}
