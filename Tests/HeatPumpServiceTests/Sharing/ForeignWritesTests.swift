import GatewayCore
import Testing

@testable import HeatPumpService

/// Goal: an answer that may lack another gateway's write is doubtful until one has come in that was
/// asked for after the write.
@Suite struct ForeignWritesTests {
  private let id = ResourceID(high: 1, low: 1)
  private func second(_ number: Int) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 0) + .seconds(number)
  }

  @Test func `from the beginning of a write until a fetch that began after its end`() {
    var writes = ForeignWrites()
    #expect(!writes.isDoubtful(id, fetchedAt: second(1)))
    writes.began(id, at: second(2), until: second(60))
    #expect(writes.isDoubtful(id, fetchedAt: second(1)))
    // Fetched while the update is on its way: with or without it.
    writes.fetched(id, startedAt: second(3))
    #expect(writes.isDoubtful(id, fetchedAt: second(4)))
    writes.ended(id, at: second(5))
    writes.fetched(id, startedAt: second(4))
    #expect(writes.isDoubtful(id, fetchedAt: second(6)))
    writes.fetched(id, startedAt: second(5))
    #expect(!writes.isDoubtful(id, fetchedAt: second(6)))
    #expect(!writes.isDoubtful(ResourceID(high: 1, low: 2), fetchedAt: second(1)))
  }

  @Test func `an end that is never told comes by itself`() {
    var writes = ForeignWrites()
    writes.began(id, at: second(2), until: second(60))
    writes.fetched(id, startedAt: second(59))
    #expect(writes.isDoubtful(id, fetchedAt: second(61)))
    writes.fetched(id, startedAt: second(60))
    #expect(!writes.isDoubtful(id, fetchedAt: second(61)))
  }

  @Test func `whatever was fetched while nothing could be heard is doubtful`() {
    var writes = ForeignWrites()
    writes.missed(at: second(5))
    #expect(writes.isDoubtful(id, fetchedAt: second(4)))
    #expect(!writes.isDoubtful(id, fetchedAt: second(5)))
  }
}
