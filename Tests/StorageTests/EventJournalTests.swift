import GatewayCore
import Storage
import StorageConformance
import TestSupport
import Testing

/// Goal: whoever follows the event log hears of each append that concerns it, and of nothing else.
/// Method: followers that count their calls, over a storage in memory.
@Suite struct EventJournalTests {
  private func event(_ organisation: String, _ number: UInt64) -> NewEvent {
    NewEvent(
      id: ResourceID(high: number, low: 1), organisation: organisation, heatPump: nil,
      type: "gateway.upstream_degraded", at: Timestamp(microseconds: 0), isPersonal: false, body: []
    )
  }

  @Test func `followers hear of their organisation's events once they are stored`() async throws {
    let storage = InMemoryStorage()
    let journal = EventJournal(storage)
    let (acme, all) = (Locked(0), Locked(0))
    let ticket = journal.follow("acme") { acme.withLock { $0 += 1 } }
    _ = journal.follow(nil) { all.withLock { $0 += 1 } }
    let stored = try await journal.append(EventBatch(events: [event("acme", 1), event("acme", 2)]))
    #expect(stored.map(\.sequence) == [1, 2])
    try await journal.append(EventBatch(events: [event("other", 3)]))
    try await journal.append(EventBatch(events: []))
    #expect(acme.withLock { $0 } == 1)
    #expect(all.withLock { $0 } == 2)
    journal.unfollow(ticket)
    try await journal.append(EventBatch(events: [event("acme", 4)]))
    #expect(acme.withLock { $0 } == 1)
    #expect(all.withLock { $0 } == 3)
  }

  @Test func `nobody hears of what could not be stored`() async throws {
    let journal = EventJournal(InMemoryStorage())
    try await journal.append(EventBatch(events: [event("acme", 1)]))
    let calls = Locked(0)
    _ = journal.follow(nil) { calls.withLock { $0 += 1 } }
    await #expect(throws: StorageFault.self) {
      try await journal.append(EventBatch(events: [event("acme", 1)]))
    }
    #expect(calls.withLock { $0 } == 0)
  }
}
