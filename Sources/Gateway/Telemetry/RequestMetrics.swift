import GatewayCore

/// Counts answers by endpoint and status, and how long they took; labels are route templates, never
/// paths.
final class RequestMetrics: Sendable {
  /// The statuses that are counted by themselves.
  static let statuses = [
    200, 201, 202, 204, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414,
    415,
    421, 422, 429, 431, 500, 502, 503, 504,
  ]
  private static let column: [Int] = {
    var table = [Int](repeating: statuses.count, count: 600)
    for (index, status) in statuses.enumerated() { table[status] = index }
    return table
  }()

  let rows: [(method: String, template: String)]
  // Row by row, each with a column for every status and one for all others.
  private let counters: [AtomicCounter]
  private static let width = statuses.count + 1
  // Row by row, each with one for every class of statuses. What is served from memory takes less
  // than the first bound; a stream counts until its head.
  private let histograms: [Histogram]
  private static let classes = ["2xx", "3xx", "4xx", "5xx"]
  private static let bounds = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

  /// Creates counters for a table of endpoints, and a row for requests that no endpoint takes.
  init(endpoints: [(method: HTTPMethod, template: String)]) {
    rows = endpoints.map { ($0.method.rawValue, $0.template) } + [("other", "unmatched")]
    counters = (0..<rows.count * Self.width).map { _ in AtomicCounter() }
    histograms = (0..<rows.count * Self.classes.count).map { _ in Histogram(bounds: Self.bounds) }
  }

  /// Counts one answer.
  ///
  /// - Parameters:
  ///   - row: the endpoint's place in the table; `nil` if there was none.
  ///   - nanoseconds: how long it took.
  func count(row: Int?, status: Int, nanoseconds: Int64) {
    let row = row ?? rows.count - 1
    let isKnown = Self.column.indices.contains(status)
    counters[row * Self.width + (isKnown ? Self.column[status] : Self.width - 1)].add()
    let kind = min(max(status / 100 - 2, 0), Self.classes.count - 1)
    histograms[row * Self.classes.count + kind].add(nanoseconds: nanoseconds)
  }

  /// How long answers took, of those that there were.
  var durations: [(method: String, template: String, status: String, figures: HistogramFigures)] {
    histograms.enumerated().compactMap { place, histogram in
      let figures = histogram.figures
      guard figures.count > 0 else { return nil }
      let (row, kind) = place.quotientAndRemainder(dividingBy: Self.classes.count)
      return (rows[row].method, rows[row].template, Self.classes[kind], figures)
    }
  }

  /// All counts that are not zero.
  var counts: [(method: String, template: String, status: String, count: Int)] {
    counters.enumerated().compactMap { place, counter in
      let count = counter.value
      guard count > 0 else { return nil }
      let (row, column) = place.quotientAndRemainder(dividingBy: Self.width)
      let status = column < Self.statuses.count ? String(Self.statuses[column]) : "other"
      return (rows[row].method, rows[row].template, status, count)
    }
  }
}
