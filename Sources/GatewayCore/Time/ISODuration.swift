extension Duration {
  /// Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds: `PT30S`, `P1D`,
  /// `PT1H30M`.
  ///
  /// Years and months are refused, since their length depends on the calendar.
  ///
  /// - Returns: `nil` if the text is of another form, names no part, or is longer than 1000 years.
  public init?(iso8601 text: String) {
    var rest = Substring(text)
    guard rest.popFirst() == "P" else { return nil }
    let dateAndTime = rest.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let date = parts(dateAndTime[0], units: [("W", 604_800), ("D", 86400)]) else {
      return nil
    }
    var total = date
    if dateAndTime.count == 2 {
      guard !dateAndTime[1].isEmpty,
        let time = parts(dateAndTime[1], units: [("H", 3600), ("M", 60), ("S", 1)])
      else { return nil }
      total += time
    }
    guard text.count > 1, total <= .seconds(31_557_600_000) else { return nil }
    self = total
  }

  /// ISO 8601, such as `PT1H30M`; whole milliseconds at the finest.
  public var iso8601: String {
    let total = wholeNanoseconds / 1_000_000
    guard total > 0 else { return "PT0S" }
    var (seconds, milliseconds) = total.quotientAndRemainder(dividingBy: 1000)
    var text = "P"
    if seconds >= 86400 {
      text += "\(seconds / 86400)D"
      seconds %= 86400
    }
    guard seconds > 0 || milliseconds > 0 else { return text }
    text += "T"
    if seconds >= 3600 { text += "\(seconds / 3600)H" }
    if seconds / 60 % 60 > 0 { text += "\(seconds / 60 % 60)M" }
    guard seconds % 60 > 0 || milliseconds > 0 else { return text }
    text += "\(seconds % 60)"
    if milliseconds > 0 {
      let digits = String(milliseconds + 1000).dropFirst()
      text += "."
      text += digits.replacingTrailingZeros
    }
    return text + "S"
  }
}

extension Substring {
  fileprivate var replacingTrailingZeros: Substring {
    var text = self
    while text.last == "0" { text.removeLast() }
    return text
  }
}

private func parts(_ text: Substring, units: [(Character, Int64)]) -> Duration? {
  var total = Duration.zero
  var rest = text
  var remaining = units[...]
  while !rest.isEmpty {
    let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard !number.isEmpty, number.count <= 16, let symbol = rest.dropFirst(number.count).first,
      let unit = remaining.firstIndex(where: { $0.0 == symbol })
    else { return nil }
    if let whole = Int64(number) {
      let (seconds, overflow) = whole.multipliedReportingOverflow(by: remaining[unit].1)
      guard !overflow else { return nil }
      total += .seconds(seconds)
    } else if symbol == "S", let value = Double(number) {
      total += .milliseconds(Int64((value * 1000).rounded()))
    } else {
      return nil
    }
    remaining = remaining[(unit + 1)...]
    rest = rest.dropFirst(number.count + 1)
  }
  return total
}
