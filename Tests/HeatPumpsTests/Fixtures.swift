import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// The fixtures of this room, read from beside the tests.
enum Fixtures {
  static func bytes(_ name: String) throws -> [UInt8] {
    var bytes = try #require(readFile(folder(of: #filePath) + "/Fixtures/" + name))
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return bytes
  }

  static func json(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: bytes(name))
  }

  static func answer() throws -> HeatPumpDocument {
    try HeatPumpDocument(parsing: bytes("answer.json"))
  }

  /// The full answer with some members replaced and some removed.
  static func document(
    _ changes: [String: JSONValue] = [:], without removed: [String] = []
  ) throws -> HeatPumpDocument {
    var answer = try #require(json("answer.json").object)
    for name in removed { answer[name] = nil as JSONValue? }
    for (name, value) in changes { answer[name] = value }
    return try HeatPumpDocument(parsing: JSONValue.object(answer).encoded)
  }

  static let id = "0f4e7a9c-51d2-4b36-8c80-9d2e1f3a4b5c"

  /// A document with an id and these members, as JSON text.
  static func small(_ members: String) throws -> HeatPumpDocument {
    try HeatPumpDocument(parsing: Array("{\"id\":\"\(id)\",\(members)}".utf8))
  }
}

func field(_ pointer: String) throws -> Field {
  try #require(FieldTable.field(pointer: pointer), "\(pointer)")
}

func time(_ text: String) throws -> Timestamp {
  try #require(Timestamp(rfc3339: text))
}

let noon = Timestamp(microseconds: 1_795_521_600_000_000)

/// The patch of a JSON text, checked with every scope at noon on 2026-11-24.
func patch(_ text: String, rules: WriteRules = .unrestricted) throws -> HeatPumpPatch {
  try HeatPumpPatch.validate(JSONValue(parsing: Array(text.utf8)), rules: rules, now: noon)
}

/// The findings of a refused patch as `pointer code`, and the problem's name.
func refusal(
  _ text: String, rules: WriteRules = .unrestricted
) throws -> (type: ProblemType, findings: [String]) {
  let fault = try #require(throws: GatewayFault.self) { try patch(text, rules: rules) }
  return (fault.type, fault.errors.map { "\($0.pointer) \($0.code)" })
}
