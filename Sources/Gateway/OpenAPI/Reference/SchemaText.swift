import GatewayCore

/// A JSON Schema (2020-12, as OpenAPI 3.1 takes it) in words.
enum SchemaText {
  /// All of a schema: what it says of itself, and a table of its members, each by its pointer.
  static func description(_ schema: JSONValue) -> String {
    var parts: [String] = []
    if let text = schema["description"]?.string { parts.append("<p>\(HTML.inline(text))</p>") }
    if let all = schema["allOf"]?.array, schema["properties"] == nil {
      for part in all {
        parts.append(part["$ref"] == nil ? description(part) : "<p>All of \(type(part)), and:</p>")
      }
      return parts.joined()
    }
    let rows = members(schema, below: "")
    guard !rows.isEmpty else { return parts.joined() + "<p>\(sentence(type(schema)))</p>" }
    return parts.joined() + HTML.table(["Member", "Holds", "Meaning"], rows)
  }

  /// What values it takes, in a few words, with links to other schemas.
  static func type(_ schema: JSONValue) -> String {
    if let name = schema["$ref"]?.string?.split(separator: "/").last {
      return HTML.link("#schema-\(name)", HTML.escaped(String(name)))
    }
    if let value = schema["const"] { return code(value) }
    if let values = schema["enum"]?.array { return values.map(code).joined(separator: " or ") }
    for (key, word) in [("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")] {
      if let parts = schema[key]?.array, schema["type"] == nil {
        return parts.map(type).joined(separator: word)
      }
    }
    let names =
      schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? "any value"]
    let words = names.map { name($0, schema) }.joined(separator: " or ")
    return ([words] + limits(schema)).joined(separator: ", ")
  }

  private static func members(_ schema: JSONValue, below path: String) -> [[String]] {
    let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
    return (schema["properties"]?.object?.members ?? []).flatMap { name, member in
      let pointer = "\(path)/\(name)"
      let own = [
        "<code>\(HTML.escaped(pointer))</code>", type(member),
        HTML.inline(member["description"]?.string ?? "")
          + badges(member, isRequired: required.contains(name)),
      ]
      return [own] + members(member, below: pointer)
        + members(member["items"] ?? [:], below: pointer + "/*")
    }
  }

  private static func badges(_ schema: JSONValue, isRequired: Bool) -> String {
    var words: [String] = []
    if isRequired { words.append("required") }
    if schema["readOnly"]?.bool == true { words.append("read only") }
    if schema["x-personal-data"]?.bool == true { words.append("personal data") }
    if let scope = schema["x-scope"]?.string { words.append(scope) }
    return words.map(HTML.badge).joined()
  }

  private static func name(_ type: String, _ schema: JSONValue) -> String {
    switch (type, schema["format"]?.string) {
    case ("string", "date-time"): "time"
    case ("string", "uuid"): "UUID"
    case ("string", let format?): HTML.escaped(format)
    case ("array", _): "list of " + self.type(schema["items"] ?? [:])
    case ("integer", _): "whole number"
    default: HTML.escaped(type)
    }
  }

  private static func limits(_ schema: JSONValue) -> [String] {
    let phrases: [(String, (String) -> String)] = [
      ("minimum", { "at least \($0)" }), ("maximum", { "at most \($0)" }),
      ("minLength", { "at least \($0) characters" }), ("maxLength", { "at most \($0) characters" }),
      ("minItems", { "at least \($0)" }), ("maxItems", { "at most \($0)" }),
      ("pattern", { "like <code>\($0)</code>" }), ("default", { "<code>\($0)</code> if absent" }),
    ]
    let known = (schema["x-extensible-enum"]?.array ?? []).map(code)
    return (known.isEmpty ? [] : ["such as " + known.joined(separator: ", ")])
      + phrases.compactMap { key, phrase in
        schema[key].map { phrase(HTML.escaped($0.string ?? $0.text)) }
      }
  }

  private static func code(_ value: JSONValue) -> String {
    "<code>\(HTML.escaped(value.string ?? value.text))</code>"
  }

  private static func sentence(_ words: String) -> String {
    "\(words.prefix(1).uppercased())\(words.dropFirst())."
  }
}
