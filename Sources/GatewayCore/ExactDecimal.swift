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
    if let short = ShortDecimal(text), short.places == 0 { return Int(short.units) }
    let canonical = canonical
    guard canonical.exponent >= 0, canonical.exponent <= 18 else { return nil }
    let digits = String(decoding: canonical.digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    guard !digits.isEmpty else { return 0 }
    let magnitude = digits + String(repeating: "0", count: canonical.exponent)
    return Int((canonical.negative ? "-" : "") + magnitude)
  }

  /// Whether both have the same value.
  public static func == (left: ExactDecimal, right: ExactDecimal) -> Bool {
    if let (a, b) = ShortDecimal.units(left.text, right.text) { return a == b }
    return left.canonical == right.canonical
  }

  /// Equal values hash alike.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(canonical)
  }

  /// Whether `left` is the smaller value.
  public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
    if let (a, b) = ShortDecimal.units(left.text, right.text) { return a < b }
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

/// A number of few digits and without an exponent, as nearly all are: machine words hold it.
private struct ShortDecimal {
  /// The number without its point.
  private(set) var units: Int64 = 0
  /// How many digits stand behind the point.
  private(set) var places = 0

  /// - Returns: `nil` for a number that is not of that form.
  init?(_ jsonNumber: String) {
    let bytes = jsonNumber.utf8.span
    // So many digits fit in any case.
    guard bytes.count <= 18 else { return nil }
    var (isNegative, isFraction) = (false, false)
    for index in bytes.indices {
      switch bytes[index] {
      case UInt8(ascii: "-"): isNegative = true
      case UInt8(ascii: "."): isFraction = true
      case let byte:
        guard let digit = decimalDigit(byte) else { return nil }
        units = units &* 10 &+ Int64(digit)
        if isFraction { places += 1 }
      }
    }
    if isNegative { units = -units }
  }

  /// Two numbers in units of the same size; `nil` if one is not of that form, or they lie too far
  /// apart.
  static func units(_ left: String, _ right: String) -> (Int64, Int64)? {
    guard var left = ShortDecimal(left), var right = ShortDecimal(right),
      left.widen(to: right.places), right.widen(to: left.places)
    else { return nil }
    return (left.units, right.units)
  }

  private mutating func widen(to places: Int) -> Bool {
    while self.places < places {
      let (product, overflows) = units.multipliedReportingOverflow(by: 10)
      guard !overflows else { return false }
      (units, self.places) = (product, self.places + 1)
    }
    return true
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
