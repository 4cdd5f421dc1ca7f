import GatewayCore

extension RunWriter {
  /// Appends `null`.
  mutating func appendNull() { append("null".utf8.span) }

  /// Appends a value as compact JSON.
  mutating func append(json value: JSONValue) { append(value.encoded.span) }

  /// Appends a text as a JSON string, or `null` if there is none.
  mutating func append(json text: String?) {
    guard let text else { return appendNull() }
    if !needsEscapes(text) {
      append(UInt8(ascii: "\""))
      append(text.utf8.span)
      return append(UInt8(ascii: "\""))
    }
    var encoded: [UInt8] = []
    appendJSONString(text, to: &encoded)
    append(encoded.span)
  }

  /// Appends a time as a JSON string.
  mutating func append(json time: Timestamp) {
    append(UInt8(ascii: "\""))
    time.withText { append($0) }
    append(UInt8(ascii: "\""))
  }

  /// Appends an id as a JSON string.
  mutating func append(json id: ResourceID) {
    append(UInt8(ascii: "\""))
    let text = id.text
    append(text.span)
    append(UInt8(ascii: "\""))
  }
}
