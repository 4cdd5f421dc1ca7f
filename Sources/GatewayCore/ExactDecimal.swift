/// A decimal number that keeps the digits it came with: `21.50` stays `21.50`.
///
/// The upstream writes temperatures as numbers or as numeric strings; binary floating point would
/// turn 21.5 into 21.499999 sooner or later. Comparison is by value, exactly: `21.5`, `21.50` and
/// `2.15e1` are equal, and hash alike.
public struct ExactDecimal: Hashable, Comparable, Sendable, CustomStringConvertible,
  ExpressibleByIntegerLiteral
{
  /// The digits as they came, in the grammar of a JSON number (RFC 8259, section 6).
  public let text: String

  /// Reads a JSON number.
  ///
  /// - Returns: `nil` if `text` is not one, is longer than 64 characters, or has an exponent
  ///   beyond ±399, which is more than any binary number of 64 bits has.
  public init?(_ text: String) {
    guard ExactDecimal.isNumber(text.utf8.span) else { return nil }
    self.text = text
  }

  /// A whole number.
  public init(_ value: Int) {
    text = String(value)
  }

  /// A whole number.
  public init(integerLiteral value: Int) {
    text = String(value)
  }

  /// The digits as they came.
  public var description: String { text }

  /// The nearest binary number, for figures and plots; never written upstream.
  public var approximate: Double { Double(text) ?? .nan }

  /// The value as an integer, if it is one and fits.
  public var integer: Int? {
    let canonical = canonical
    guard canonical.exponent >= 0, canonical.exponent <= 18 else { return nil }
    let digits = String(decoding: canonical.digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    guard !digits.isEmpty else { return 0 }
    let magnitude = digits + String(repeating: "0", count: canonical.exponent)
    return Int((canonical.negative ? "-" : "") + magnitude)
  }

  /// Whether both have the same value.
  public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
    left.text == right.text || left.canonical == right.canonical
  }

  /// Equal values hash alike.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(canonical)
  }

  /// Whether `left` is the smaller value.
  public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
    let (a, b) = (left.canonical, right.canonical)
    if a.isZero || b.isZero || a.negative != b.negative {
      return a.sign < b.sign
    }
    return a.negative ? b.hasSmallerMagnitude(than: a) : a.hasSmallerMagnitude(than: b)
  }

  private var canonical: CanonicalDecimal {
    CanonicalDecimal(jsonNumber: text.utf8.span) ?? CanonicalDecimal()
  }

  private static func isNumber(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count <= 64 else { return false }
    var position = 0
    guard (try? JSONGrammar.scanNumber(bytes, at: &position)) != nil, position == bytes.count
    else { return false }
    // Only an exponent can be too large.
    let hasExponent = bytes.indices.contains { bytes[$0] | 0x20 == UInt8(ascii: "e") }
    return !hasExponent || CanonicalDecimal(jsonNumber: bytes) != nil
  }
}

/// Sign, significant digits without leading or trailing zeros, and a power of ten.
private struct CanonicalDecimal: Hashable {
  var negative = false
  var digits: [UInt8] = []
  var exponent = 0

  init() {}

  init?(jsonNumber bytes: Span<UInt8>) {
    var index = 0
    var isFraction = false
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "-"): negative = true
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        var text = ""
        while index < bytes.count {
          text.append(Character(UnicodeScalar(bytes[index])))
          index += 1
        }
        guard let power = Int(text), abs(power) <= 399 else { return nil }
        exponent += power
      default:
        digits.append(byte - UInt8(ascii: "0"))
        if isFraction { exponent -= 1 }
      }
    }
    while digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    digits.removeFirst(digits.prefix { $0 == 0 }.count)
    if digits.isEmpty {
      negative = false
      exponent = 0
    }
  }

  var isZero: Bool { digits.isEmpty }

  var sign: Int { isZero ? 0 : negative ? -1 : 1 }

  func hasSmallerMagnitude(than other: CanonicalDecimal) -> Bool {
    let (left, right) = (digits.count + exponent, other.digits.count + other.exponent)
    if left != right { return left < right }
    return digits.lexicographicallyPrecedes(other.digits)
  }
}
