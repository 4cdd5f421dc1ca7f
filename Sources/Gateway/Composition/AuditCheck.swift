import GatewayCore
import Storage

/// What reading a whole audit trail has shown.
public enum AuditVerdict: Sendable, Equatable {
  /// Every record follows the one before it and is as it was written.
  ///
  /// - `lastHash`: of the newest record, in lower-case hexadecimal; `nil` if there is none.
  case intact(records: Int, lastHash: String?)
  /// So many records are in order, and then comes one that is not: which, and why.
  case broken(records: Int, finding: String)
  /// The chain is in order, but no record has the hash that was looked for.
  case forgotten(records: Int)
}

/// Reads an audit trail page by page, since it may be larger than memory.
enum AuditCheck {
  static let pageSize = 500

  static func run(
    _ trail: any AuditStorage, knownHash: [UInt8]?, pageSize: Int = pageSize
  ) async throws(StorageFault) -> AuditVerdict {
    var last: AuditRecord?
    var count = 0
    var isKnown = knownHash == nil
    var limit = pageSize
    while true {
      let records: [AuditRecord]
      do {
        // Somebody may have put a record in front of the first one.
        records = try await trail.auditTrail(after: last?.sequence ?? .min, limit: limit)
      } catch .damaged(let words) {
        guard limit > 1 else { return .broken(records: count, finding: words) }
        // One by one from here on, to name the first that is damaged.
        limit = 1
        continue
      }
      if records.isEmpty { break }
      for record in records {
        if let fault = AuditChain.fault(in: record, after: last) {
          return .broken(
            records: count, finding: "audit record \(record.sequence): \(fault)")
        }
        isKnown = isKnown || record.hash == knownHash
        count += 1
        last = record
      }
    }
    guard isKnown else { return .forgotten(records: count) }
    return .intact(records: count, lastHash: last.map { AuditLine.hexadecimal($0.hash) })
  }
}
