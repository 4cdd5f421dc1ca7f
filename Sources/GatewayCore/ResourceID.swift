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
    guard bytes.count == 36, bytes[8] == UInt8(ascii: "-"), bytes[13] == UInt8(ascii: "-"),
      bytes[18] == UInt8(ascii: "-"), bytes[23] == UInt8(ascii: "-")
    else { return nil }
    let first = hexadecimal(bytes.word(at: 0))
    let second = hexadecimal(bytes.word(at: 9) & 0xFFFF_FFFF | bytes.word(at: 14) << 32)
    let third = hexadecimal(bytes.word(at: 19) & 0xFFFF_FFFF | bytes.word(at: 24) << 32)
    let fourth = hexadecimal(bytes.word(at: 28))
    guard first.faults | second.faults | third.faults | fourth.faults == 0 else { return nil }
    self.init(high: first.value << 32 | second.value, low: third.value << 32 | fourth.value)
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

  /// The 36 ASCII bytes of ``description``, without memory of their own.
  public var text: InlineArray<36, UInt8> {
    var text = InlineArray<36, UInt8>(repeating: UInt8(ascii: "-"))
    var span = text.mutableSpan
    let second = hexadecimalText(high & 0xFFFF_FFFF)
    let third = hexadecimalText(low >> 32)
    span.put(hexadecimalText(high >> 32), 8, at: 0)
    span.put(second, 4, at: 9)
    span.put(second >> 32, 4, at: 14)
    span.put(third, 4, at: 19)
    span.put(third >> 32, 4, at: 24)
    span.put(hexadecimalText(low & 0xFFFF_FFFF), 8, at: 28)
    return text
  }

  /// Orders by the octets, which for version 7 ids is the order of their making.
  public static func < (left: ResourceID, right: ResourceID) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }
}

extension MutableSpan<UInt8> {
  // Writes the lowest bytes of a word, the lowest first.
  @inline(__always)
  fileprivate mutating func put(_ word: UInt64, _ count: Int, at start: Int) {
    for place in 0..<count {
      self[start + place] = UInt8(truncatingIfNeeded: word >> UInt64(8 * place))
    }
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
