/// A UUID (RFC 9562) as two machine words, so that it is cheap to hash, compare and copy.
public struct ResourceID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The first eight octets, most significant first.
  public let high: UInt64
  /// The last eight octets, most significant first.
  public let low: UInt64

  /// Creates an id from its two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the 36-character form `8-4-4-4-12`, in either case.
  ///
  /// - Returns: `nil` for anything else, such as braces, missing hyphens or surrounding blanks.
  public init?(_ text: String) {
    var text = text
    let parsed = text.withUTF8 { buffer in unsafe ResourceID(Span(_unsafeElements: buffer)) }
    guard let parsed else { return nil }
    self = parsed
  }

  /// Reads the 36-byte ASCII form `8-4-4-4-12`, in either case.
  ///
  /// - Returns: `nil` for anything else.
  public init?(_ bytes: Span<UInt8>) {
    guard bytes.count == 36 else { return nil }
    var halves: (high: UInt64, low: UInt64) = (0, 0)
    var digits = 0
    for index in 0..<36 {
      let byte = bytes[index]
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      guard let value = hexValue(byte) else { return nil }
      if digits < 16 {
        halves.high = halves.high << 4 | UInt64(value)
      } else {
        halves.low = halves.low << 4 | UInt64(value)
      }
      digits += 1
    }
    self.init(high: halves.high, low: halves.low)
  }

  /// The lower-case form `8-4-4-4-12`.
  public var description: String {
    let text = text
    return unsafe text.span.withUnsafeBufferPointer { bytes in
      unsafe String(decoding: bytes, as: UTF8.self)
    }
  }

  /// The 36 ASCII bytes of ``description``.
  public var bytes: [UInt8] {
    var out = [UInt8]()
    append(to: &out)
    return out
  }

  /// Appends the 36 ASCII bytes of ``description``.
  public func append(to out: inout [UInt8]) {
    let text = text
    out.append(copying: text.span)
  }

  private var text: InlineArray<36, UInt8> {
    var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
    var position = 0
    for digit in 0..<32 {
      if digit == 8 || digit == 12 || digit == 16 || digit == 20 { position += 1 }
      let half = digit < 16 ? high : low
      text[position] = hexDigit(
        UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (digit & 15))) & 15)
      position += 1
    }
    return text
  }

  /// Orders by the octets, which for version 7 ids is the order of their making.
  public static func < (left: ResourceID, right: ResourceID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

/// The value of an ASCII hexadecimal digit in either case, or `nil`.
@inline(__always)
public func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

/// The lower-case ASCII digit for a value of 0 through 15.
@inline(__always)
public func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
