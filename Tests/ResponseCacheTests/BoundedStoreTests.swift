import Testing

@testable import ResponseCache

/// Goal: the store never holds more bytes than it may, and keeps what is read.
/// Method: entries of known cost in one shard, and random ones in all.
@Suite struct BoundedStoreTests {
  // Equal hash values put all keys into one shard.
  private struct Key: Hashable, Sendable {
    let number: Int
    func hash(into hasher: inout Hasher) {}
  }

  private func store(_ limitOfShard: Int) -> BoundedStore<Key, Int> {
    BoundedStore(limit: 16 * limitOfShard)
  }

  private func put(_ number: Int, cost: Int = 10, in store: BoundedStore<Key, Int>) {
    store.update(Key(number: number), cost: { _ in cost }, { _ in number })
  }

  @Test func `what was read gets a second chance`() {
    let store = store(30)
    for number in 1...3 { put(number, in: store) }
    for number in 1...2 { #expect(store.value(Key(number: number)) == number) }
    put(4, in: store)
    #expect([1, 2, 3, 4].filter { store.value(Key(number: $0)) != nil } == [1, 2, 4])
    #expect(store.figures == (3, 30, 1))
  }

  @Test func `when all were read the first to come round goes`() {
    let store = store(30)
    for number in 1...3 { put(number, in: store) }
    for number in 1...3 { #expect(store.value(Key(number: number)) == number) }
    put(4, in: store)
    #expect(store.value(Key(number: 4)) == 4)
    #expect(store.figures == (3, 30, 1))
  }

  @Test func `the newcomer is never the one to go`() {
    let store = store(30)
    for number in 1...100 {
      put(number, in: store)
      #expect(store.value(Key(number: number)) == number)
      #expect(store.figures.bytes <= 30)
    }
    #expect(store.figures.evictions == 97)
  }

  @Test func `a value beyond the bound is not kept, nor the older one that it stands for`() {
    let store = store(30)
    put(1, in: store)
    put(2, in: store)
    let returned = store.update(Key(number: 1), cost: { _ in 31 }, { _ in 7 })
    #expect(returned == 7)
    #expect(store.value(Key(number: 1)) == nil)
    #expect(store.value(Key(number: 2)) == 2)
    #expect(store.figures == (1, 10, 0))
  }

  @Test func `a change replaces value and cost, nil removes`() {
    let store = store(30)
    put(1, in: store)
    store.update(Key(number: 1), cost: { _ in 25 }, { ($0 ?? 0) + 1 })
    #expect(store.value(Key(number: 1)) == 2)
    #expect(store.figures == (1, 25, 0))
    store.update(Key(number: 1), cost: { _ in 1 }, { _ in nil })
    #expect(store.figures == (0, 0, 0))
    store.update(Key(number: 9), cost: { _ in 1 }, { _ in nil })
    #expect(store.value(Key(number: 1)) == nil)
  }

  @Test func `a larger value in an old place makes room too`() {
    let store = store(30)
    for number in 1...3 { put(number, in: store) }
    put(2, cost: 30, in: store)
    #expect(store.value(Key(number: 2)) == 2)
    #expect(store.figures == (1, 30, 2))
  }

  @Test func `the bound holds for many keys from many tasks`() async {
    let store = BoundedStore<Int, Int>(limit: 16_000)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for step in 0..<2000 {
            let number = (task &* 7919 &+ step &* 104_729) % 5000
            store.update(number, cost: { _ in 1 + number % 97 }, { _ in number })
            if let value = store.value(number) { #expect(value == number) }
          }
        }
      }
    }
    let figures = store.figures
    #expect(figures.bytes <= 16_000)
    #expect(figures.entries > 100)
    #expect(figures.evictions > 100)
    let sum = (0..<5000).reduce(0) { $0 + (store.value($1) == nil ? 0 : 1 + $1 % 97) }
    #expect(sum == figures.bytes)
  }
}
