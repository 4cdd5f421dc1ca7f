extension JSONGrammar {
  /// How a number is written.
  public enum NumberForm: Sendable {
    /// Digits alone, and perhaps a minus.
    case whole
    /// With a fraction and no exponent.
    case fraction
    /// With an exponent.
    case exponent
  }

  /// Reads a number.
  ///
  /// - Returns: how it is written.
  /// - Throws: ``JSONFault`` if it breaks the grammar, such as `01`, `+1`, `.5`, `1.` or `NaN`.
  @discardableResult
  public static func scanNumber(
    _ bytes: Span<UInt8>, at position: inout Int
  ) throws(JSONFault) -> NumberForm {
    let start = position
    var form = NumberForm.whole
    // A copy, which stays in a register.
    var end = start
    if bytes.peek(end) == UInt8(ascii: "-") { end &+= 1 }
    let firstDigit = end
    end = try endOfDigits(bytes, from: end)
    if bytes.peek(firstDigit) == UInt8(ascii: "0"), end > firstDigit &+ 1 {
      throw JSONFault(.invalidNumber, at: start)
    }
    if bytes.peek(end) == UInt8(ascii: ".") {
      form = .fraction
      end = try endOfDigits(bytes, from: end &+ 1)
    }
    if bytes.peek(end) | 0x20 == UInt8(ascii: "e") {
      form = .exponent
      let sign = bytes.peek(end &+ 1)
      let isSigned = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
      end = try endOfDigits(bytes, from: end &+ (isSigned ? 2 : 1))
    }
    if end &- start > 64 { throw JSONFault(.invalidNumber, at: start) }
    position = end
    return form
  }

  @inline(__always)
  private static func endOfDigits(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(JSONFault) -> Int {
    var position = start
    while bytes.peek(position) &- UInt8(ascii: "0") < 10 { position &+= 1 }
    if position == start { throw JSONFault(.invalidNumber, at: position) }
    return position
  }
}
