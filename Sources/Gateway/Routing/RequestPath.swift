import GatewayCore

/// A request target split into segments and a query, once; decoding comes after the splitting, so
/// that an encoded slash never separates.
struct RequestPath: Sendable {
  static let mostSegments = 8

  private(set) var count = 0
  private var starts = InlineArray<8, Int32>(repeating: 0)
  private var ends = InlineArray<8, Int32>(repeating: 0)
  private(set) var query: Range<Int> = 0..<0

  /// Splits a target in origin form (RFC 9112, section 3.2.1).
  ///
  /// - Returns: `nil` if it does not begin with a slash or has more than eight segments.
  init?(_ target: Span<UInt8>) {
    guard target.count > 0, target.count < 1 << 20, target[0] == UInt8(ascii: "/") else {
      return nil
    }
    var start = 1
    var position = 1
    while position < target.count {
      let byte = target[position]
      if byte == UInt8(ascii: "?") { break }
      if byte == UInt8(ascii: "/") {
        guard append(start, position) else { return nil }
        start = position + 1
      }
      position += 1
    }
    guard append(start, position) else { return nil }
    if position < target.count { query = (position + 1)..<target.count }
  }

  /// Where a segment stands in the target.
  @inline(__always)
  func segment(_ index: Int) -> Range<Int> {
    Int(starts[index])..<Int(ends[index])
  }

  private mutating func append(_ start: Int, _ end: Int) -> Bool {
    guard count < Self.mostSegments else { return false }
    starts[count] = Int32(start)
    ends[count] = Int32(end)
    count += 1
    return true
  }
}

/// Resolves percent-encoding (RFC 3986, section 2.1).
///
/// - Parameters:
///   - plusIsBlank: whether `+` stands for a blank, as in a query.
/// - Returns: `nil` for a broken escape, a control character, or bytes that are not UTF-8.
func percentDecoded(_ bytes: Span<UInt8>, plusIsBlank: Bool = false) -> String? {
  // Hardly anybody writes escapes where none are needed.
  if isPlain(bytes), let text = try? UTF8Span(validating: bytes) { return String(copying: text) }
  var out: [UInt8] = []
  out.reserveCapacity(bytes.count)
  var position = 0
  while position < bytes.count {
    var byte = bytes[position]
    position += 1
    if byte == UInt8(ascii: "%") {
      guard position + 2 <= bytes.count, let high = hexValue(bytes[position]),
        let low = hexValue(bytes[position + 1])
      else { return nil }
      byte = high << 4 | low
      position += 2
    } else if plusIsBlank, byte == UInt8(ascii: "+") {
      byte = UInt8(ascii: " ")
    }
    guard byte >= 0x20, byte != 0x7F else { return nil }
    out.append(byte)
  }
  return String(validating: out, as: UTF8.self)
}

// Whether every byte is a printable character of ASCII that stands for itself.
private func isPlain(_ bytes: Span<UInt8>) -> Bool {
  for index in bytes.indices {
    let byte = bytes[index]
    guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "%"), byte != UInt8(ascii: "+") else {
      return false
    }
  }
  return true
}
