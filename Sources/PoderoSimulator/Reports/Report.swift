import GatewayCore

/// The statistics and savings calls: what they ask for, and the answer.
struct Report: Sendable {
  private struct Period: Sendable {
    let resolution: ReportResolution
    let days: Range<Int>
  }

  private static let longestRange = 3660
  private static let pricePerKWh = 0.24

  private var periods: [Period] = []
  private var keywords: Set<String> = ["savings", "consumption"]
  private var query = JSONObject()
  private(set) var problems: [ValidationProblem] = []

  /// Statistics: for each resolution the period that holds the present day.
  static func statistics(_ query: QueryString, now: Timestamp) -> Report {
    var report = Report()
    let names = query["resolution"] ?? ReportResolution.day.rawValue
    for name in names.split(separator: ",") {
      guard let resolution = report.resolution(String(name)) else { continue }
      let start = resolution.start(of: now.dayNumber)
      report.periods.append(
        Period(resolution: resolution, days: start..<resolution.next(after: start)))
    }
    if let words = query["keywords"] { report.read(keywords: words) }
    report.note(query, ["resolution", "keywords"])
    return report
  }

  /// Savings: the periods that touch a range.
  static func savings(_ query: QueryString) -> Report {
    var report = Report()
    let resolution = report.resolution(query["resolution"] ?? ReportResolution.month.rawValue)
    let from = report.day("from", query)
    let to = report.day("to", query)
    report.note(query, ["from", "to", "resolution"])
    guard let resolution, let from, let to else { return report }
    guard to - from <= longestRange else {
      report.problems.append(
        ValidationProblem("value_error", at: ["query", "to"], "Value error, range is too long"))
      return report
    }
    var start = resolution.start(of: from)
    while start <= to {
      let next = resolution.next(after: start)
      report.periods.append(Period(resolution: resolution, days: start..<next))
      start = next
    }
    return report
  }

  /// The answer for one heat pump.
  func response(_ record: HeatPumpRecord, now: Timestamp) -> HTTPResponse {
    .json([
      "metadata": [
        "requested_at": .time(now), "query": .object(query),
        "units": ["savings": "EUR", "consumption": "kWh", "estimated_consumption_wh": "Wh"],
        "error": nil,
      ],
      "data": .array(periods.map { entry($0, record, now) }),
    ])
  }

  private func entry(_ period: Period, _ record: HeatPumpRecord, _ now: Timestamp) -> JSONValue {
    let today = now.dayNumber
    let past = period.days.clamped(to: min(period.days.lowerBound, today)..<today)
    var energy = past.reduce(0) {
      $0 + record.physics.consumption(day: $1, house: record.house)
    }
    if period.days.contains(today) { energy += record.physics.energyToday }
    var object = JSONObject()
    object["resolution"] = .string(period.resolution.rawValue)
    object["period"] = [
      "start_period": .time(Timestamp(dayNumber: period.days.lowerBound)),
      "end_period": .time(Timestamp(dayNumber: period.days.upperBound)),
    ]
    if keywords.contains("savings") {
      let share = record.house.savingsShare
      object["savings"] = [
        "total": .tenths(energy * share * Self.pricePerKWh), "percentage": .tenths(share * 100),
      ]
    }
    if keywords.contains("consumption") {
      object["consumption"] = ["total": .tenths(energy)]
    }
    object["heat_pump"] = ["estimated_consumption_wh": .count(Int((energy * 1000).rounded()))]
    return .object(object)
  }

  private mutating func note(_ query: QueryString, _ names: [String]) {
    for name in names { self.query[name] = query[name].map { .string($0) } }
  }

  private mutating func resolution(_ name: String) -> ReportResolution? {
    let choices = ReportResolution.allCases.map(\.rawValue)
    _ = FieldType.choice(choices).read(
      .string(name), at: ["query", "resolution"], problems: &problems)
    return ReportResolution(rawValue: name)
  }

  private mutating func read(keywords text: String) {
    keywords = []
    for word in text.split(separator: ",") {
      let known = FieldType.choice(["savings", "consumption"]).read(
        .string(String(word)), at: ["query", "keywords"], problems: &problems)
      if let known = known?.string { keywords.insert(known) }
    }
  }

  private mutating func day(_ name: String, _ query: QueryString) -> Int? {
    guard let text = query[name] else {
      problems.append(ValidationProblem("missing", at: ["query", name], "Field required"))
      return nil
    }
    if let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") {
      return time.dayNumber
    }
    let value = FieldType.timestamp.read(
      .string(text), at: ["query", name], problems: &problems)
    return value?.timestamp?.dayNumber
  }
}
