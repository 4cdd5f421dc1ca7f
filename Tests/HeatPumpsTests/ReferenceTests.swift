import GatewayCore
import TestSupport
import Testing

private let reference =
  folder(of: #filePath, up: 4) + "/shared/upstream/update-heat-pump-reference.txt"

/// Goal: the fixture of the schema's facts is what the vendor's reference page says.
/// Method: the page, where it stands beside the repository, is read and compared fact by fact.
@Suite(.enabled(if: readFile(reference) != nil)) struct ReferenceTests {
  @Test func `the update's facts are those of the page`() throws {
    try expectSame("update", from: "Body", to: "Response")
  }

  @Test func `the answer's facts are those of the page`() throws {
    try expectSame("answer", from: "200 - application/json", to: nil)
  }

  private func expectSame(_ section: String, from start: String, to end: String?) throws {
    let text = String(decoding: try #require(readFile(reference)), as: UTF8.self)
    let lines = text.split(separator: "\n").map { line in
      String(line.drop { $0.isWhitespace })
    }
    let first = try #require(lines.firstIndex(of: start)) + 2
    let last = try end.map { try #require(lines[first...].firstIndex(of: $0)) } ?? lines.count
    var page = ReferencePage()
    for line in lines[first..<last] { page.read(line) }
    let facts = try #require(Fixtures.json("upstream-schema.json")[section]?.array)
    #expect(page.facts.count == facts.count)
    for (read, fact) in zip(page.facts, facts) { #expect(JSONValue.object(read) == fact) }
  }
}

/// Reads the page line by line: a name, its type, then notes about it.
private struct ReferencePage {
  private(set) var facts: [JSONObject] = []
  private var isInList = false

  private static let types: [String: JSONValue] = [
    "boolean": "boolean", "string": "string", "number": "number", "integer": "integer",
    "enum<string>": "enumeration", "string<date-time>": "time", "string<uuid>": "uuid",
  ]

  mutating func read(_ line: String) {
    if isInList { return readChoice(line) }
    switch line {
    case "Available options:": isInList = true
    case "required": note("required", true)
    default:
      if !readType(line), !readNote(line) { readName(line) }
    }
  }

  private mutating func readChoice(_ line: String) {
    let word = line.last == "," ? String(line.dropLast()) : line
    note("values", .array((facts.last?["values"]?.array ?? []) + [.string(word)]))
    isInList = line.last == ","
  }

  private mutating func readType(_ line: String) -> Bool {
    let isNullable = line.hasSuffix(" | null")
    let name = isNullable ? String(line.dropLast(7)) : line
    let isObject = name.hasSuffix(" · object")
    guard let type = isObject ? "object" : Self.types[name], facts.last?["type"] == "untyped" else {
      return false
    }
    note("type", type)
    note("nullable", .bool(isNullable))
    return true
  }

  private mutating func readNote(_ line: String) -> Bool {
    if line.hasPrefix("Maximum string length: "), let length = Int(line.dropFirst(23)) {
      note("max_length", .number(ExactDecimal(length)))
      return true
    }
    guard line.hasPrefix("default:") else { return false }
    let text = String(line.dropFirst(8))
    note("default", (try? JSONValue(parsing: Array(text.utf8))) ?? .string(text))
    return true
  }

  private mutating func readName(_ line: String) {
    guard !line.isEmpty, line.utf8.allSatisfy({ $0 == 0x5F || (0x61...0x7A).contains($0) }) else {
      return
    }
    // A name without a type is one of the unions of number, numeric string and null.
    var fact = JSONObject()
    fact["name"] = .string(line)
    fact["type"] = "untyped"
    fact["nullable"] = true
    facts.append(fact)
  }

  private mutating func note(_ key: String, _ value: JSONValue) {
    guard let last = facts.indices.last else { return }
    facts[last][key] = value
  }
}
