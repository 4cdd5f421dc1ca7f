import GatewayCore

/// A day on the proleptic Gregorian calendar, UTC.
struct CivilDate: Sendable, Equatable {
  let year: Int
  let month: Int
  let day: Int

  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date of the day that is `number` days after 1970-01-01. Counted in years that begin on
  /// 1 March, so that a leap day comes last.
  init(dayNumber number: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01. A month beyond 12 counts into the years after.
  var dayNumber: Int {
    let year = year + (month - 1) / 12
    let month = (month - 1) % 12 + 1
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension Timestamp {
  private static let dayLength: Int64 = 86_400_000_000

  /// Whole days since 1970-01-01.
  var dayNumber: Int {
    let (days, rest) = microseconds.quotientAndRemainder(dividingBy: Self.dayLength)
    return Int(rest < 0 ? days - 1 : days)
  }

  /// Hours since midnight, with a fraction.
  var hourOfDay: Double {
    Double(microseconds - Int64(dayNumber) * Self.dayLength) / 3_600_000_000
  }

  /// The midnight at which a day begins.
  init(dayNumber: Int) {
    self.init(microseconds: Int64(dayNumber) * Self.dayLength)
  }

  /// The form of RFC 9110, section 5.6.7: `Tue, 24 Nov 2026 10:00:00 GMT`.
  var httpDate: String {
    let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = CivilDate(dayNumber: dayNumber)
    let seconds = Int(hourOfDay * 3600)
    let weekday = weekdays[((dayNumber + 3) % 7 + 7) % 7]
    return "\(weekday), \(two(date.day)) \(months[date.month - 1]) \(date.year) "
      + "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)) GMT"
  }
}
