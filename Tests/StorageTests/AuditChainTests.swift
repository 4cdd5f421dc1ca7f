import GatewayCore
import Storage
import Testing

/// Goal: every member of an audit record is under its hash, and none can pass for another.
/// Method: one member is changed at a time, and bytes are moved between neighbours.
@Suite struct AuditChainTests {
  private static func entry(
    name: String = "ring", occasion: String = "event"
  ) -> AuditEntry {
    AuditEntry(
      at: RuleTests.noon, heatPump: RuleTests.heatPump,
      operationID: ResourceID(high: 3, low: 1),
      origin: OperationOrigin(kind: .hook, name: name, occasion: occasion), state: .accepted,
      changes: [1, 2])
  }

  private static let changes: [@Sendable (inout AuditEntry) -> Void] = [
    { $0.at = $0.at + .microseconds(1) },
    {
      $0.heatPump = HeatPumpReference(
        organisation: "south", user: $0.heatPump.user, id: $0.heatPump.id)
    },
    {
      $0.heatPump = HeatPumpReference(
        organisation: "north", user: $0.heatPump.id, id: $0.heatPump.id)
    },
    {
      $0.heatPump = HeatPumpReference(
        organisation: "north", user: $0.heatPump.user, id: $0.heatPump.user)
    },
    { $0.operationID = ResourceID(high: 3, low: 2) },
    { $0.origin = OperationOrigin(kind: .app, name: "ring", occasion: "event") },
    { $0.origin = OperationOrigin(kind: .hook, name: "rin", occasion: "gevent") },
    { $0.state = .verified },
    { $0.changes = [1, 2, 0] },
  ]

  @Test(arguments: changes.indices) func `no member can be changed unnoticed`(index: Int) {
    let record = AuditChain.record(Self.entry(), after: nil)
    #expect(AuditChain.fault(in: record, after: nil) == nil)
    var forged = record
    Self.changes[index](&forged.entry)
    #expect(AuditChain.fault(in: forged, after: nil) == "its content was changed")
  }

  @Test func `records follow one another, and say what is wrong if they do not`() {
    let first = AuditChain.record(Self.entry(), after: nil)
    let second = AuditChain.record(Self.entry(name: "other"), after: first)
    #expect(first.sequence == 1 && first.previous == AuditChain.start)
    #expect(second.sequence == 2 && second.previous == first.hash)
    #expect(AuditChain.fault(in: second, after: first) == nil)
    #expect(AuditChain.fault(in: second, after: nil) == "a record is missing before it")
    var foreign = first
    foreign.hash[0] ^= 1
    #expect(
      AuditChain.fault(in: second, after: foreign) == "it does not follow the record before it")
  }
}
