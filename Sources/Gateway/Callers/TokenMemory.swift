import GatewayCore

/// Remembers the latest of what was found out, up to a number of entries and each for its time.
///
/// Two tables make it cheap: new entries go to the young one, and when that is full, it becomes the
/// old one and what was old is forgotten. Whatever is asked for moves to the young table, so
/// entries in use stay.
final class TokenMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private struct Entry: Sendable {
    let value: Value
    let generation: Int
    let end: MonotonicInstant
  }

  private struct Book: Sendable {
    var young: [Key: Entry] = [:]
    var old: [Key: Entry] = [:]
  }

  private let half: Int
  private let book = Locked(Book())

  /// Creates a memory.
  ///
  /// - Parameter entries: how many there may be.
  init(entries: Int) {
    half = max(1, entries / 2)
  }

  /// How many entries there are, ended ones included.
  var count: Int { book.withLock { $0.young.count + $0.old.count } }

  /// What is remembered, unless its time is over or it is of another generation.
  func value(_ key: Key, generation: Int, at now: MonotonicInstant) -> Value? {
    book.withLock { book in
      if let entry = book.young[key] {
        return entry.end > now && entry.generation == generation ? entry.value : nil
      }
      guard let entry = book.old.removeValue(forKey: key), entry.end > now,
        entry.generation == generation
      else { return nil }
      insert(entry, key, &book)
      return entry.value
    }
  }

  /// Remembers a value until `end`.
  func remember(_ value: Value, _ key: Key, generation: Int, until end: MonotonicInstant) {
    book.withLock { book in
      book.old[key] = nil
      insert(Entry(value: value, generation: generation, end: end), key, &book)
    }
  }

  private func insert(_ entry: Entry, _ key: Key, _ book: inout Book) {
    if book.young.count >= half, book.young[key] == nil {
      book.old = book.young
      book.young = [:]
    }
    book.young[key] = entry
  }
}
