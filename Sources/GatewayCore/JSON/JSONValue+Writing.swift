extension JSONValue {
  /// The compact JSON text, members in their order, numbers digit by digit.
  public var encoded: [UInt8] {
    var out = [UInt8]()
    append(to: &out)
    return out
  }

  /// The compact JSON text as a string.
  public var text: String { String(decoding: encoded, as: UTF8.self) }

  /// The JSON text for people: two blanks per level, a member a line.
  public var prettyText: String {
    var out = [UInt8]()
    appendPretty(to: &out, level: 0)
    return String(decoding: out, as: UTF8.self)
  }

  /// Appends the compact JSON text.
  public func append(to out: inout [UInt8]) {
    switch self {
    case .array(let elements):
      out.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        element.append(to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        appendJSONString(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        member.value.append(to: &out)
      }
      out.append(UInt8(ascii: "}"))
    default:
      appendScalar(to: &out)
    }
  }

  private func appendScalar(to out: inout [UInt8]) {
    switch self {
    case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let number): out.append(contentsOf: number.text.utf8)
    case .string(let text): appendJSONString(text, to: &out)
    default: out.append(contentsOf: "null".utf8)
    }
  }

  private func appendPretty(to out: inout [UInt8], level: Int) {
    func line(_ level: Int) {
      out.append(UInt8(ascii: "\n"))
      out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
    }
    switch self {
    case .array(let elements) where !elements.isEmpty:
      out.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        line(level + 1)
        element.appendPretty(to: &out, level: level + 1)
      }
      line(level)
      out.append(UInt8(ascii: "]"))
    case .object(let object) where !object.isEmpty:
      out.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        line(level + 1)
        appendJSONString(member.key, to: &out)
        out.append(contentsOf: ": ".utf8)
        member.value.appendPretty(to: &out, level: level + 1)
      }
      line(level)
      out.append(UInt8(ascii: "}"))
    default:
      append(to: &out)
    }
  }
}

/// Appends `text` as a JSON string with its quotes; controls, `"` and `\` are escaped.
public func appendJSONString(_ text: String, to out: inout [UInt8]) {
  let bytes = text.utf8.span
  guard bytes.isPlainText else { return appendEscaped(bytes, to: &out) }
  out.append(UInt8(ascii: "\""))
  out.append(copying: bytes)
  out.append(UInt8(ascii: "\""))
}

private func appendEscaped(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
  out.append(UInt8(ascii: "\""))
  // What needs no escape is copied run by run.
  var start = 0
  var position = 0
  while position < bytes.count {
    if needsEscape(bytes[position]) {
      out.append(copying: bytes.extracting(start..<position))
      appendEscape(bytes[position], to: &out)
      start = position + 1
    }
    position += 1
  }
  out.append(copying: bytes.extracting(start..<bytes.count))
  out.append(UInt8(ascii: "\""))
}

/// Whether ``appendJSONString(_:to:)`` would change anything of a text, but for the quotes around.
public func needsEscapes(_ text: String) -> Bool {
  let bytes = text.utf8.span
  return !bytes.isPlainText && bytes.indices.contains { needsEscape(bytes[$0]) }
}

private func needsEscape(_ byte: UInt8) -> Bool {
  byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
}

private func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
  switch byte {
  case UInt8(ascii: "\""), UInt8(ascii: "\\"):
    out.append(UInt8(ascii: "\\"))
    out.append(byte)
  case 0x0A: out.append(contentsOf: "\\n".utf8)
  case 0x0D: out.append(contentsOf: "\\r".utf8)
  case 0x09: out.append(contentsOf: "\\t".utf8)
  default:
    out.append(contentsOf: "\\u00".utf8)
    out.append(hexDigit(byte >> 4))
    out.append(hexDigit(byte & 15))
  }
}
