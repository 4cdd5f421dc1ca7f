internal import GatewayCore

/// A dictionary bounded by bytes, in shards that lock by themselves.
///
/// Who goes when it is full is decided by the clock algorithm: an entry that was read since the
/// hand last passed it gets a second chance. That is close to least recently used, and costs a
/// read no more than setting a flag.
final class BoundedStore<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Slot: Sendable {
    let key: Key
    var value: Value
    var cost: Int
    var wasRead: Bool
  }

  private struct Shard: Sendable {
    var positions: [Key: Int] = [:]
    var slots: [Slot?] = []
    var free: [Int] = []
    var hand = 0
    var bytes = 0
    var evictions = 0

    mutating func store(_ key: Key, _ value: Value, cost: Int) -> Int {
      bytes += cost
      if let position = positions[key] {
        bytes -= slots[position]?.cost ?? 0
        slots[position] = Slot(key: key, value: value, cost: cost, wasRead: true)
        return position
      }
      let slot = Slot(key: key, value: value, cost: cost, wasRead: false)
      let position = free.popLast() ?? slots.count
      if position < slots.count {
        slots[position] = slot
      } else {
        slots.append(slot)
      }
      positions[key] = position
      return position
    }

    mutating func remove(at position: Int) {
      guard let slot = slots[position] else { return }
      bytes -= slot.cost
      positions[slot.key] = nil
      slots[position] = nil
      free.append(position)
    }

    // The newcomer is spared: somebody is about to read it.
    mutating func evict(downTo limit: Int, sparing newcomer: Int) {
      while bytes > limit, positions.count > 1 {
        hand = hand + 1 < slots.count ? hand + 1 : 0
        guard hand != newcomer, let slot = slots[hand] else { continue }
        if slot.wasRead {
          slots[hand]?.wasRead = false
        } else {
          remove(at: hand)
          evictions += 1
        }
      }
    }
  }

  private static var shardCount: Int { 16 }

  private let shards: [Locked<Shard>]
  private let shardLimit: Int

  /// Creates a store.
  ///
  /// - Parameter limit: the bytes that all entries together may cost.
  init(limit: Int) {
    shards = (0..<Self.shardCount).map { _ in Locked(Shard()) }
    shardLimit = max(1, limit / Self.shardCount)
  }

  func value(_ key: Key) -> Value? {
    shard(key).withLock { shard in
      guard let position = shard.positions[key] else { return nil }
      shard.slots[position]?.wasRead = true
      return shard.slots[position]?.value
    }
  }

  /// Stores what `change` makes of the present value; `nil` removes it.
  ///
  /// What alone would take more than a shard's part of the bytes is not stored, and what was there
  /// under its key goes too: a bound that one large value could break is none.
  ///
  /// - Returns: what `change` returned.
  @discardableResult
  func update(_ key: Key, cost: (Value) -> Int, _ change: (Value?) -> Value?) -> Value? {
    shard(key).withLock { shard in
      let position = shard.positions[key]
      let present = position.flatMap { shard.slots[$0]?.value }
      guard let value = change(present) else {
        if let position { shard.remove(at: position) }
        return nil
      }
      let cost = cost(value)
      guard cost <= shardLimit else {
        if let position { shard.remove(at: position) }
        return value
      }
      let newcomer = shard.store(key, value, cost: cost)
      shard.evict(downTo: shardLimit, sparing: newcomer)
      return value
    }
  }

  /// Entries, bytes, and how many entries had to go since the start.
  var figures: (entries: Int, bytes: Int, evictions: Int) {
    shards.reduce(into: (0, 0, 0)) { sum, shard in
      let (entries, bytes, evictions) = shard.withLock {
        ($0.positions.count, $0.bytes, $0.evictions)
      }
      sum = (sum.0 + entries, sum.1 + bytes, sum.2 + evictions)
    }
  }

  private func shard(_ key: Key) -> Locked<Shard> {
    shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))]
  }
}
