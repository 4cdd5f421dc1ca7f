internal import Crypto
public import GatewayCore

/// One entry of the audit trail: who changed what, when and why. It holds no personal data.
public struct AuditEntry: Sendable, Equatable {
  /// When the change was confirmed, refused or given up.
  public var at: Timestamp
  /// What was changed.
  public var heatPump: HeatPumpReference
  /// The operation.
  public var operationID: ResourceID
  /// Who asked for it.
  public var origin: OperationOrigin
  /// What became of it.
  public var state: OperationState
  /// The fields with their values before and after, as JSON.
  public var changes: [UInt8]

  /// Creates an entry.
  public init(
    at: Timestamp, heatPump: HeatPumpReference, operationID: ResourceID, origin: OperationOrigin,
    state: OperationState, changes: [UInt8]
  ) {
    self.at = at
    self.heatPump = heatPump
    self.operationID = operationID
    self.origin = origin
    self.state = state
    self.changes = changes
  }
}

/// An entry in its place in the chain.
public struct AuditRecord: Sendable, Equatable {
  /// Its number, from 1, without gaps.
  public var sequence: Int64
  /// The entry.
  public var entry: AuditEntry
  /// The hash of the record before; 32 zero bytes for the first.
  public var previous: [UInt8]
  /// ``AuditChain/hash(of:sequence:previous:)`` of this record.
  public var hash: [UInt8]

  /// Creates a record.
  public init(sequence: Int64, entry: AuditEntry, previous: [UInt8], hash: [UInt8]) {
    self.sequence = sequence
    self.entry = entry
    self.previous = previous
    self.hash = hash
  }
}

/// The hash chain over the audit trail: whoever changes, removes or inserts a record breaks it.
public enum AuditChain {
  /// What the first record follows.
  public static let start = [UInt8](repeating: 0, count: SHA256.byteCount)

  /// The SHA-256 over the previous hash and all members of the entry, each with its length before
  /// it, so that no two different records read alike.
  public static func hash(
    of entry: AuditEntry, sequence: Int64, previous: [UInt8]
  ) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(512 + entry.changes.count)
    func append(_ member: Span<UInt8>) {
      appendDecimal(member.count, to: &text)
      text.append(UInt8(ascii: ":"))
      text.append(copying: member)
    }
    func append(_ member: String) { append(member.utf8.span) }
    func append(_ member: [UInt8]) { append(member.span) }
    append(previous)
    append(String(sequence))
    append(entry.at.bytes)
    append(entry.heatPump.organisation)
    append(entry.heatPump.user.bytes)
    append(entry.heatPump.id.bytes)
    append(entry.operationID.bytes)
    append(entry.origin.kind.rawValue)
    append(entry.origin.name)
    append(entry.origin.occasion)
    append(entry.state.rawValue)
    append(entry.changes)
    return Array(SHA256.hash(data: text))
  }

  /// The record that follows `last`.
  public static func record(_ entry: AuditEntry, after last: AuditRecord?) -> AuditRecord {
    record(entry, after: last?.sequence ?? 0, previous: last?.hash ?? start)
  }

  /// The record that follows the one with that number and that hash; 0 and ``start`` for the first.
  public static func record(
    _ entry: AuditEntry, after last: Int64, previous: [UInt8]
  ) -> AuditRecord {
    let sequence = last + 1
    return AuditRecord(
      sequence: sequence, entry: entry, previous: previous,
      hash: hash(of: entry, sequence: sequence, previous: previous))
  }

  /// Checks one record against the one before it.
  ///
  /// - Returns: `nil` if it fits, otherwise what is wrong with it.
  public static func fault(in record: AuditRecord, after last: AuditRecord?) -> String? {
    if record.sequence != (last?.sequence ?? 0) + 1 { return "a record is missing before it" }
    if record.previous != last?.hash ?? start { return "it does not follow the record before it" }
    let expected = hash(of: record.entry, sequence: record.sequence, previous: record.previous)
    return record.hash == expected ? nil : "its content was changed"
  }
}

private func appendDecimal(_ number: Int, to out: inout [UInt8]) {
  if number >= 10 { appendDecimal(number / 10, to: &out) }
  out.append(UInt8(ascii: "0") + UInt8(number % 10))
}
