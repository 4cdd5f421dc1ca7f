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
    microseconds < Timestamp.startOfYearTwo
  }

  private static let startOfYearTwo =
    daysSinceEpoch(year: 2, month: 1, day: 1) * 86_400_000_000

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
    guard
      let year = digits(bytes, 0, 4), bytes[4] == UInt8(ascii: "-"),
      let month = digits(bytes, 5, 2), bytes[7] == UInt8(ascii: "-"),
      let day = digits(bytes, 8, 2), bytes[10] | 0x20 == UInt8(ascii: "t"),
      let hour = digits(bytes, 11, 2), bytes[13] == UInt8(ascii: ":"),
      let minute = digits(bytes, 14, 2), bytes[16] == UInt8(ascii: ":"),
      let second = digits(bytes, 17, 2)
    else { return nil }
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
    let day = 86_400_000_000 as Int64
    let (days, time) = floorDivide(microseconds, day)
    let (year, month, dayOfMonth) = civil(days)
    appendPadded(year, 4, to: &out)
    out.append(UInt8(ascii: "-"))
    appendPadded(month, 2, to: &out)
    out.append(UInt8(ascii: "-"))
    appendPadded(dayOfMonth, 2, to: &out)
    out.append(UInt8(ascii: "T"))
    let seconds = Int(time / 1_000_000)
    appendPadded(seconds / 3600, 2, to: &out)
    out.append(UInt8(ascii: ":"))
    appendPadded(seconds / 60 % 60, 2, to: &out)
    out.append(UInt8(ascii: ":"))
    appendPadded(seconds % 60, 2, to: &out)
    var fraction = Int(time % 1_000_000)
    if fraction != 0 {
      out.append(UInt8(ascii: "."))
      var width = 6
      while fraction % 10 == 0 {
        fraction /= 10
        width -= 1
      }
      appendPadded(fraction, width, to: &out)
    }
    out.append(UInt8(ascii: "Z"))
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

private func decimalDigit(_ byte: UInt8) -> UInt8? {
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

private func appendPadded(_ value: Int, _ width: Int, to out: inout [UInt8]) {
  let text = String(value)
  for _ in 0..<max(0, width - text.utf8.count) { out.append(UInt8(ascii: "0")) }
  out.append(contentsOf: text.utf8)
}
