internal import GatewayCore

/// Names one scheduled timer.
public struct TimerToken: Hashable, Sendable {
  fileprivate let sequence: UInt64
}

/// Timers in a binary heap, the earliest first; those of one instant in the order of their making.
struct TimerHeap {
  private struct Entry {
    let deadline: MonotonicInstant
    let sequence: UInt64

    static func < (left: Entry, right: Entry) -> Bool {
      left.deadline == right.deadline
        ? left.sequence < right.sequence : left.deadline < right.deadline
    }
  }

  private var heap: [Entry] = []
  // A cancelled timer leaves its work here at once and its entry in the heap until it is due.
  private var work: [UInt64: () -> Void] = [:]
  private var sequence: UInt64 = 0

  /// The deadline of the next timer that was not cancelled.
  var earliest: MonotonicInstant? {
    mutating get {
      dropCancelled()
      return heap.first?.deadline
    }
  }

  mutating func insert(_ deadline: MonotonicInstant, _ work: @escaping () -> Void) -> TimerToken {
    sequence += 1
    self.work[sequence] = work
    heap.append(Entry(deadline: deadline, sequence: sequence))
    siftUp(heap.count - 1)
    return TimerToken(sequence: sequence)
  }

  mutating func remove(_ token: TimerToken) {
    work.removeValue(forKey: token.sequence)
    // Cancelled entries must not outgrow live ones.
    if heap.count > 64, heap.count > 2 * work.count { compact() }
  }

  mutating func popDue(at now: MonotonicInstant) -> (() -> Void)? {
    dropCancelled()
    guard let first = heap.first, first.deadline <= now else { return nil }
    removeFirst()
    return work.removeValue(forKey: first.sequence)
  }

  private mutating func dropCancelled() {
    while let first = heap.first, work[first.sequence] == nil { removeFirst() }
  }

  private mutating func compact() {
    heap = heap.filter { work[$0.sequence] != nil }.sorted { $0 < $1 }
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    siftDown(0)
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child] < heap[smallest] {
        smallest = child
      }
      guard smallest != parent else { return }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}
