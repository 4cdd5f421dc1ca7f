import Foundation
import HeatPumpClient

/// Makes values that a schema describes.
struct Sample {
  /// Whether everything is there that may be, or nothing but what must.
  let isFull: Bool

  /// A value of a schema.
  func value(_ schema: AnyJSON) -> AnyJSON {
    let schema = APIDocument.resolved(schema)
    if let constant = schema["const"] { return constant }
    if let parts = schema["allOf"]?.list, schema["properties"] == nil {
      return .object(
        parts.map(value).reduce(into: [:]) { $0.merge($1.members) { _, new in new } })
    }
    if let parts = schema["anyOf"]?.list ?? schema["oneOf"]?.list, schema["type"] == nil {
      if !isFull, parts.contains(where: { $0["type"] == "null" }) { return .null }
      return parts.first.map(value) ?? .null
    }
    let types = schema["type"]?.list?.compactMap(\.text) ?? [schema["type"]?.text ?? "any"]
    if !isFull, types.contains("null") { return .null }
    if let word = (schema["enum"] ?? schema["x-extensible-enum"])?.list?.first { return word }
    return value(types[0], schema)
  }

  private func value(_ type: String, _ schema: AnyJSON) -> AnyJSON {
    switch type {
    case "boolean": true
    case "integer": 7
    case "number": .number(7.5)
    case "array": isFull ? .array([value(schema["items"] ?? [:])]) : .array([])
    case "object": object(schema)
    case "string":
      switch schema["format"]?.text {
      case "date-time": "2026-01-02T03:04:05Z"
      case "uuid": "01a22ae9-176f-799b-9c15-1e16f6c60ca2"
      case "duration": "PT2H"
      default: "text"
      }
    default: isFull ? "anything" : .null
    }
  }

  private func object(_ schema: AnyJSON) -> AnyJSON {
    // Whose members nobody names may have any, also such as a strategy for names would change.
    guard let properties = schema["properties"]?.members else {
      return isFull ? .object(["some_name": "text", "/a/b_c": 1]) : .object([:])
    }
    let required = Set(schema["required"]?.list?.compactMap(\.text) ?? [])
    return .object(properties.filter { isFull || required.contains($0.key) }.mapValues(value))
  }
}
