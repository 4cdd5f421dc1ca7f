public import GatewayCore
import Storage

/// A record of the audit trail as an auditor sees it.
public struct AuditLine: Sendable {
  private let record: AuditRecord

  init(_ record: AuditRecord) {
    self.record = record
  }

  /// The whole record: with it, anybody can compute the hash anew.
  public var json: JSONValue {
    let entry = record.entry
    return [
      "sequence": .number(ExactDecimal(Int(record.sequence))),
      "at": .string(entry.at.description),
      "organisation": .string(entry.heatPump.organisation),
      "user_id": .string(entry.heatPump.user.description),
      "heat_pump_id": .string(entry.heatPump.id.description),
      "operation_id": .string(entry.operationID.description),
      "origin": [
        "kind": .string(entry.origin.kind.rawValue), "name": .string(entry.origin.name),
        "occasion": .string(entry.origin.occasion),
      ],
      "state": .string(entry.state.rawValue),
      // As text, in the very bytes that the hash covers, if they are not JSON any more.
      "changes": (try? JSONValue(parsing: entry.changes))
        ?? .string(String(decoding: entry.changes, as: UTF8.self)),
      "previous": .string(Self.hexadecimal(record.previous)),
      "hash": .string(Self.hexadecimal(record.hash)),
    ]
  }

  /// One line for people, without characters that a terminal would take for an order.
  public var text: String {
    let entry = record.entry
    let words = [
      "\(record.sequence)", entry.at.description, entry.state.rawValue,
      "\(entry.heatPump.organisation)/\(entry.heatPump.id)",
      "\(entry.origin.kind.rawValue) \(entry.origin.name) (\(entry.origin.occasion))",
      "operation \(entry.operationID):", changes,
    ]
    let scalars = words.joined(separator: " ").unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? "?" : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }

  private var changes: String {
    guard let changes = (try? JSONValue(parsing: record.entry.changes))?.array else {
      return "changes that cannot be read"
    }
    return changes.map { change in
      let pointer = change["pointer"]?.string ?? "?"
      if let after = change["after"] {
        return "\(pointer) \(change["before"]?.text ?? "?") -> \(after.text)"
      }
      if let requested = change["requested"] { return "\(pointer) = \(requested.text)" }
      return pointer
    }.joined(separator: ", ")
  }

  /// Bytes in lower-case hexadecimal.
  static func hexadecimal(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] }, as: UTF8.self)
  }
}
