/// A point in time, to the microsecond, on the proleptic Gregorian calendar in UTC.
///
/// Text form: RFC 3339. The upstream writes times with or without fractions, with `Z` or an
/// offset, and `0001-01-01T00:00:00Z` for "never".
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int64

  /// Creates a time `microseconds` after 1970-01-01T00:00:00Z.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Whether this lies in the year 1: the upstream's "never".
  public var meansNever: Bool {
    // 0002-01-01T00:00:00Z.
    microseconds < -62_104_060_800_000_000
  }

  /// The time `duration` later.
  public static func + (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(microseconds: time.microseconds &+ duration.wholeNanoseconds / 1000)
  }

  /// The time `duration` earlier.
  public static func - (time: Timestamp, duration: Duration) -> Timestamp {
    time + (.zero - duration)
  }

  /// How much later `left` is than `right`; negative if it is earlier.
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    .microseconds(left.microseconds &- right.microseconds)
  }

  /// Whether `left` comes first.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// Reads an RFC 3339 `date-time`. Fractions beyond the microsecond are cut; a leap second counts
  /// as the second after it.
  ///
  /// - Returns: `nil` if the text is not of that form or names a day that does not exist.
  public init?(rfc3339 text: String) {
    self.init(rfc3339: text.utf8.span)
  }

  /// Reads an RFC 3339 `date-time` from ASCII bytes.
  ///
  /// - Returns: `nil` if the text is not of that form or names a day that does not exist.
  public init?(rfc3339 bytes: Span<UInt8>) {
    guard bytes.count >= 20, bytes.count <= 64 else { return nil }
    // The `T` may be a small one.
    guard let date = DigitPattern("0000-00-").pairs(bytes.word(at: 0)),
      let time = DigitPattern("00t00:00").pairs(bytes.word(at: 8) | 0x20_0000),
      let rest = DigitPattern("00:00:00").pairs(bytes.word(at: 11))
    else { return nil }
    let year = date.byte(0) * 100 + date.byte(2)
    let (month, day) = (date.byte(5), time.byte(0))
    let (hour, minute, second) = (time.byte(3), time.byte(6), rest.byte(6))
    guard year >= 1, (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year),
      hour <= 23, minute <= 59, second <= 60
    else { return nil }
    var position = 19
    var fraction: Int64 = 0
    if bytes[position] == UInt8(ascii: ".") {
      position += 1
      let start = position
      var scale: Int64 = 100_000
      while position < bytes.count, let digit = decimalDigit(bytes[position]) {
        fraction += Int64(digit) * scale
        scale /= 10
        position += 1
      }
      guard position > start else { return nil }
    }
    guard let offset = zoneOffset(bytes, &position), position == bytes.count else { return nil }
    let days = daysSinceEpoch(year: year, month: month, day: day)
    let seconds = days * 86400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
    self.init(microseconds: seconds * 1_000_000 + fraction)
  }

  /// RFC 3339 in UTC with `Z`, and a fraction only if there is one.
  public var description: String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// The ASCII bytes of ``description``.
  public var bytes: [UInt8] {
    var out = [UInt8]()
    out.reserveCapacity(27)
    append(to: &out)
    return out
  }

  /// Appends the ASCII bytes of ``description``.
  public func append(to out: inout [UInt8]) {
    withText { out.append(copying: $0) }
  }

  /// Lends the ASCII bytes of ``description``, which need no memory of their own.
  public func withText<Result>(_ use: (Span<UInt8>) -> Result) -> Result {
    let (days, time) = floorDivide(microseconds, 86_400_000_000)
    let (year, month, day) = civil(days)
    let (seconds, fraction) = (Int(time / 1_000_000), Int(time % 1_000_000))
    var text = InlineArray<27, UInt8>(repeating: UInt8(ascii: "-"))
    var span = text.mutableSpan
    span.put(month, at: 5)
    span.put(day, at: 8)
    span[10] = UInt8(ascii: "T")
    span.put(seconds / 3600, at: 11)
    span[13] = UInt8(ascii: ":")
    span.put(seconds / 60 % 60, at: 14)
    span[16] = UInt8(ascii: ":")
    span.put(seconds % 60, at: 17)
    var end = 19
    if fraction != 0 {
      span[19] = UInt8(ascii: ".")
      span.put(fraction / 10_000, at: 20)
      span.put(fraction / 100 % 100, at: 22)
      span.put(fraction % 100, at: 24)
      end = 26
      while span[end - 1] == UInt8(ascii: "0") { end -= 1 }
    }
    span[end] = UInt8(ascii: "Z")
    if year >= 0, year <= 9999 {
      span.put(year / 100, at: 0)
      span.put(year % 100, at: 2)
      return use(text.span.extracting(0...end))
    }
    // No RFC 3339 text has such a year.
    let digits = Array(String(year).utf8)
    var long = [UInt8](repeating: UInt8(ascii: "0"), count: max(0, 4 - digits.count)) + digits
    long.append(copying: text.span.extracting(4...end))
    return use(long.span)
  }
}

extension MutableSpan<UInt8> {
  // Writes two decimal digits.
  @inline(__always)
  fileprivate mutating func put(_ value: Int, at place: Int) {
    self[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10)
    self[place + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
  }
}

extension UInt64 {
  // One of its bytes, the lowest first.
  @inline(__always)
  fileprivate func byte(_ place: Int) -> Int {
    Int(truncatingIfNeeded: self >> UInt64(8 * place)) & 0xFF
  }
}

private func zoneOffset(_ bytes: Span<UInt8>, _ position: inout Int) -> Int? {
  guard position < bytes.count else { return nil }
  let sign = bytes[position]
  if sign | 0x20 == UInt8(ascii: "z") {
    position += 1
    return 0
  }
  guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), position + 6 <= bytes.count,
    let hours = digits(bytes, position + 1, 2), bytes[position + 3] == UInt8(ascii: ":"),
    let minutes = digits(bytes, position + 4, 2), hours <= 23, minutes <= 59
  else { return nil }
  position += 6
  return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
}

/// The value of an ASCII decimal digit, or `nil`.
@inline(__always)
func decimalDigit(_ byte: UInt8) -> UInt8? {
  byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? byte - UInt8(ascii: "0") : nil
}

private func digits(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
  var value = 0
  for index in start..<start + count {
    guard let digit = decimalDigit(bytes[index]) else { return nil }
    value = value * 10 + Int(digit)
  }
  return value
}

private func daysIn(month: Int, year: Int) -> Int {
  switch month {
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

// Days between 1970-01-01 and a civil date, counted in eras of 400 years that begin on 1 March, so
// that the leap day is the last of its year.
private func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int64 {
  let shifted = month <= 2 ? year - 1 : year
  let era = (shifted >= 0 ? shifted : shifted - 399) / 400
  let yearOfEra = shifted - era * 400
  let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return Int64(era * 146_097 + dayOfEra - 719_468)
}

private func civil(_ daysSinceEpoch: Int64) -> (year: Int, month: Int, day: Int) {
  let (era, rest) = floorDivide(daysSinceEpoch + 719_468, 146_097)
  let dayOfEra = Int(rest)
  let yearOfEra =
    (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return (Int(era) * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
}

private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, rest: Int64) {
  let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
  return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
}
