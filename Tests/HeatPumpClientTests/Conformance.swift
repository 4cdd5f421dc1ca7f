import Foundation
import HeatPumpClient

/// Holds a value against a schema, as far as the document's schemas go.
enum Conformance {
  /// What is wrong, each with its place; nothing if the value fits.
  static func findings(_ value: AnyJSON, _ schema: AnyJSON, at path: String = "") -> [String] {
    let schema = APIDocument.resolved(schema)
    if let constant = schema["const"] { return constant == value ? [] : ["\(path): not it"] }
    var findings = (schema["allOf"]?.list ?? []).flatMap { Self.findings(value, $0, at: path) }
    if let parts = schema["anyOf"]?.list ?? schema["oneOf"]?.list,
      !parts.contains(where: { Self.findings(value, $0, at: path).isEmpty })
    {
      findings.append("\(path): none of its forms")
    }
    if let words = schema["enum"]?.list, !words.contains(value) {
      findings.append("\(path): not a word of it")
    }
    let types = schema["type"]?.list?.compactMap(\.text) ?? [schema["type"]?.text].compactMap { $0 }
    if !types.isEmpty, !types.contains(where: { isOf($0, value) }) {
      findings.append("\(path): not \(types)")
    }
    if let items = schema["items"] {
      findings += (value.list ?? []).flatMap { Self.findings($0, items, at: path + "/*") }
    }
    guard case .object(let members) = value else { return findings }
    for case let name? in schema["required"]?.list?.map(\.text) ?? [] where members[name] == nil {
      findings.append("\(path)/\(name): absent")
    }
    for (name, member) in members {
      if let property = schema["properties"]?[name] {
        findings += Self.findings(member, property, at: "\(path)/\(name)")
      } else if schema["additionalProperties"] == false {
        findings.append("\(path)/\(name): not in the document")
      }
    }
    return findings
  }

  private static func isOf(_ type: String, _ value: AnyJSON) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string),
      ("array", .array), ("object", .object):
      true
    case ("integer", .number(let number)):
      NSDecimalNumber(decimal: number).doubleValue.truncatingRemainder(dividingBy: 1) == 0
    default: false
    }
  }
}
