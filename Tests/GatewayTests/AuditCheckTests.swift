import GatewayCore
import Storage
import Testing

@testable import Gateway

/// Goal: a trail of any length is checked, and the first record that is not in order is named.
/// Method: trails as values, some of them forged, handed out page by page.
@Suite struct AuditCheckTests {
  /// Fails for a page with a record that cannot be read, as a storage does.
  private struct Trail: AuditStorage {
    var records: [AuditRecord]
    var unreadable: Int64?

    func auditTrail(after: Int64, limit: Int) async throws(StorageFault) -> [AuditRecord] {
      let page = records.filter { $0.sequence > after }.prefix(limit)
      if let unreadable, page.contains(where: { $0.sequence == unreadable }) {
        throw .damaged("audit record \(unreadable): no")
      }
      return Array(page)
    }

    func auditTrail(
      before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
    ) async throws(StorageFault) -> [AuditRecord] { [] }
  }

  private func trail(_ count: Int) -> Trail {
    var records: [AuditRecord] = []
    for number in 0..<count {
      let entry = AuditEntry(
        at: Timestamp(microseconds: Int64(number)),
        heatPump: HeatPumpReference(organisation: "acme", user: smith, id: smithPump),
        operationID: ResourceID(high: 1, low: UInt64(number)),
        origin: OperationOrigin(kind: .app, name: "portal", occasion: "r\u{9B}2J"),
        state: .accepted, changes: Array(#"[{"pointer":"/comment","changed":true}]"#.utf8))
      records.append(AuditChain.record(entry, after: records.last))
    }
    return Trail(records: records)
  }

  @Test(arguments: [0, 1, 9, 10, 11, 23])
  func `a whole trail is intact`(count: Int) async throws {
    let trail = trail(count)
    let hash = trail.records.last.map { AuditLine.hexadecimal($0.hash) }
    let verdict = try await AuditCheck.run(trail, knownHash: nil, pageSize: 10)
    #expect(verdict == .intact(records: count, lastHash: hash))
    let known = try await AuditCheck.run(trail, knownHash: trail.records.first?.hash, pageSize: 10)
    #expect(known == verdict)
  }

  @Test func `a hash that is not there is missed`() async throws {
    let verdict = try await AuditCheck.run(trail(3), knownHash: trail(4).records[3].hash)
    #expect(verdict == .forgotten(records: 3))
  }

  @Test(arguments: [1, 2, 10, 11, 18])
  func `the first record that is not in order is named`(place: Int) async throws {
    var changed = trail(19)
    changed.records[place - 1].entry.changes = []
    // What comes later does not hide it.
    changed.unreadable = 19
    #expect(
      try await AuditCheck.run(changed, knownHash: nil, pageSize: 10)
        == .broken(
          records: place - 1, finding: "audit record \(place): its content was changed"))
    var unreadable = trail(19)
    unreadable.unreadable = Int64(place)
    #expect(
      try await AuditCheck.run(unreadable, knownHash: nil, pageSize: 10)
        == .broken(records: place - 1, finding: "audit record \(place): no"))
  }

  @Test func `a line for people gives no orders to a terminal`() {
    let line = AuditLine(trail(1).records[0])
    #expect(line.text.hasSuffix(": /comment") && line.text.contains("(r?2J)"), "\(line.text)")
    #expect(line.json["origin"]?["occasion"]?.string == "r\u{9B}2J")
    #expect(line.json["hash"]?.string?.count == 64)
  }
}
