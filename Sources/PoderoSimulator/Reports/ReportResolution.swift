/// How long a period of a report is.
enum ReportResolution: String, Sendable, CaseIterable {
  case day = "1DAY"
  case week = "1WEEK"
  case month = "1MONTH"
  case quarter = "1QUARTER"
  case year = "1YEAR"

  /// The first day of the period that holds a day.
  func start(of day: Int) -> Int {
    let date = CivilDate(dayNumber: day)
    return switch self {
    case .day: day
    // 1970-01-01 was a Thursday, and weeks begin on Monday.
    case .week: day - ((day + 3) % 7 + 7) % 7
    case .month: CivilDate(year: date.year, month: date.month, day: 1).dayNumber
    case .quarter:
      CivilDate(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1).dayNumber
    case .year: CivilDate(year: date.year, month: 1, day: 1).dayNumber
    }
  }

  /// The first day of the period after the one that begins on `start`.
  func next(after start: Int) -> Int {
    switch self {
    case .day: return start + 1
    case .week: return start + 7
    case .month, .quarter, .year:
      let date = CivilDate(dayNumber: start)
      let months = self == .month ? 1 : self == .quarter ? 3 : 12
      return CivilDate(year: date.year, month: date.month + months, day: 1).dayNumber
    }
  }
}
