import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: operations that wait together become one update that each of them would agree to.
/// Method: batches of operations with fields in common, without a lane or an upstream.
@Suite struct LaneBatchTests {
  private let fixture = OrganisationFixture()

  @Test func `of no operations none may go`() {
    #expect(LaneBatch.candidates([]) == [])
  }

  @Test func `those before the first with a precondition go together`() throws {
    let open = try [
      stored("{}", 1), stored("{}", 2), stored("{}", 3, precondition: []), stored("{}", 4),
    ]
    #expect(LaneBatch.candidates(open) == Array(open[..<2]))
  }

  @Test(arguments: [[], [7]] as [[UInt64]])
  func `one with a precondition goes alone`(precondition: [UInt64]) throws {
    let open = try [stored("{}", 1, precondition: precondition), stored("{}", 2)]
    #expect(LaneBatch.candidates(open) == [open[0]])
  }

  @Test func `no more than a hundred go together`() throws {
    let open = try (1...101).map { try stored("{}", UInt64($0)) }
    #expect(LaneBatch.candidates(open) == Array(open[..<100]))
  }

  @Test func `of each field the newest value is sent, and the older ones know whose`()
    async throws
  {
    var batch = LaneBatch()
    let current = try await fixture.read().value.document
    let patches = [
      #"{"comment":"a","pause":{"active":true}}"#,
      #"{"comment":"b","away":{"enabled":true}}"#,
      #"{"comment":"c","pause":{"active":false}}"#,
    ]
    for (index, patch) in patches.enumerated() {
      try batch.add(member(patch, UInt64(index + 1)), against: current)
    }
    let expected = try fixture.patch(
      #"{"comment":"c","pause":{"active":false},"away":{"enabled":true}}"#)
    #expect(batch.patch == expected)
    #expect(batch.overtaken(0) == ["/comment": id(3), "/pause/active": id(3)])
    #expect(batch.overtaken(1) == ["/comment": id(3)])
    #expect(batch.overtaken(2) == [:])
    #expect(batch.remaining(0) == [])
    #expect(batch.remaining(1).map(\.field.pointer) == ["/away/enabled"])
    #expect(batch.remaining(2).map(\.field.pointer) == ["/pause/active", "/comment"])
  }

  @Test func `the newest of several that overtake a field is named`() async throws {
    var batch = LaneBatch()
    let current = try await fixture.read().value.document
    try batch.add(member(#"{"comment":"a"}"#, 1), against: current)
    try batch.add(member(#"{"comment":"b"}"#, 2), against: current)
    try batch.add(member(#"{"pause":{"active":true}}"#, 3), against: current)
    #expect(batch.overtaken(0) == ["/comment": id(2)])
  }

  @Test func `rules across fields count for the batch as a whole`() async throws {
    // 19.5 to 23.5 at present.
    let current = try await fixture.read().value.document
    let high = try member(#"{"space_heating":{"minimum_temperature":24}}"#, 2)
    var alone = LaneBatch()
    #expect(throws: GatewayFault.self) { try alone.add(high, against: current) }
    #expect(alone.members.isEmpty)
    #expect(alone.patch == .empty)

    var raised = LaneBatch()
    try raised.add(
      member(#"{"space_heating":{"maximum_temperature":25}}"#, 1), against: current)
    try raised.add(high, against: current)
    #expect(raised.members.count == 2)
    // Fits the present values, but not what is to be sent before it.
    let low = try member(#"{"space_heating":{"maximum_temperature":23}}"#, 3)
    do throws(GatewayFault) {
      try raised.add(low, against: current)
      Issue.record("it fits")
    } catch {
      #expect(error.type == .invalidPatch)
    }
    #expect(raised.members.map(\.operation.request.id) == [id(1), id(2)])
    #expect(raised.patch.value(try field("/space_heating/maximum_temperature")) == 25)
  }

  @Test func `how often and when a batch was sent is known of the last member sent`() throws {
    var once = try stored(#"{"comment":"a"}"#, 1)
    var twice = try stored(#"{"comment":"b"}"#, 2)
    #expect(LaneBatch(sent: [once, twice]).sentAt == nil)
    #expect(LaneBatch(sent: [once, twice]).attempts == 0)
    let start = fixture.clock.wall
    try twice.send(SendAttempt(at: start, body: 1))
    try twice.send(SendAttempt(at: start + .seconds(9), body: 1))
    try once.send(SendAttempt(at: start + .seconds(5), body: 1))
    let batch = LaneBatch(sent: [once, twice])
    #expect(batch.sentAt == start + .seconds(9))
    #expect(batch.attempts == 2)
    let again = batch.marked(start + .seconds(20))
    #expect(again.sentAt == start + .seconds(20))
    #expect(again.attempts == 3)
    #expect(again.patch == batch.patch)
  }

  private func id(_ number: UInt64) -> ResourceID { ResourceID(high: 5, low: number) }

  private func stored(
    _ json: String, _ number: UInt64, precondition: [UInt64]? = nil
  ) throws -> StoredOperation {
    let request = try fixture.newOperation(json, number: number, precondition: precondition)
    return StoredOperation(accepting: request, sequence: Int64(number))
  }

  private func member(_ json: String, _ number: UInt64) throws -> LaneBatch.Member {
    let operation = try stored(json, number)
    return LaneBatch.Member(operation: operation, patch: operation.readPatch)
  }

  private func field(_ pointer: String) throws -> Field {
    try #require(FieldTable.field(pointer: pointer))
  }
}
