public import Foundation

/// The length of a period that figures are for.
public struct ReportResolution: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A day.
  public static let day = ReportResolution(rawValue: "1DAY")
  /// A week.
  public static let week = ReportResolution(rawValue: "1WEEK")
  /// A month.
  public static let month = ReportResolution(rawValue: "1MONTH")
  /// A quarter of a year.
  public static let quarter = ReportResolution(rawValue: "1QUARTER")
  /// A year.
  public static let year = ReportResolution(rawValue: "1YEAR")
  /// The words that this client knows.
  public static let known = [day, week, month, quarter, year]
}

/// What statistics are of.
public struct ReportKeyword: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// What was saved.
  public static let savings = ReportKeyword(rawValue: "savings")
  /// What was used.
  public static let consumption = ReportKeyword(rawValue: "consumption")
  /// The words that this client knows.
  public static let known = [savings, consumption]
}

/// A day such as `2026-03-01`, or a time.
public struct ReportTime: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The text as it is sent.
  public let text: String

  /// Takes a text as it is; the gateway checks it.
  public init(_ text: String) { self.text = text }

  /// Takes a text as it is; the gateway checks it.
  public init(stringLiteral text: String) { self.text = text }

  /// A time.
  public init(_ time: Date) { text = Wire.text(time) }
}
