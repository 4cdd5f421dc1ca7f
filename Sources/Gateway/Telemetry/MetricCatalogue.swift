/// One metric: its form, and what an operator reads from it.
struct Metric: Sendable {
  enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// Without the prefix `podero_gateway_`, with its unit at the end.
  let name: String
  let kind: Kind
  /// The names of its labels; a histogram's `le` is not among them.
  let labels: [String]
  /// A phrase, and behind it what to look for; code stands between backticks.
  let meaning: String
  /// The lines above its samples on the page that collectors read; written once for all pages.
  let head: String

  init(_ name: String, _ kind: Kind, _ labels: [String], _ meaning: String) {
    self.name = name
    self.kind = kind
    self.labels = labels
    self.meaning = meaning
    head = MetricsText.head(name, kind, help: Self.sentence(meaning))
  }

  /// The meaning as a sentence without marks.
  private static func sentence(_ meaning: String) -> String {
    let text = meaning.replacing("`", with: "").replacing(/\[([^\]]*)\]\([^)]*\)/) { $0.1 }
    return text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }
}

/// All metrics. The page for collectors and the operators' guide go by this table; a new metric is
/// one new row.
enum MetricCatalogue {
  static let entries = requestsRows + upstreamRows + eventsRows + storageRows

  /// The metric of a name; `nil` if it has no row, which a test rules out.
  static subscript(name: String) -> Metric? { byName[name] }

  private static let byName = Dictionary(
    uniqueKeysWithValues: entries.map { ($0.name, $0) })
}
