import GatewayCore

/// Counts answers by endpoint and status; labels are route templates, never paths.
final class RequestMetrics: Sendable {
  /// The statuses that are counted by themselves.
  static let statuses = [
    200, 202, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 411, 412, 413, 414, 415, 422, 429,
    431, 500, 502, 503, 504,
  ]
  private static let column: [Int] = {
    var table = [Int](repeating: statuses.count, count: 600)
    for (index, status) in statuses.enumerated() { table[status] = index }
    return table
  }()

  let rows: [(method: HTTPMethod, template: String)]
  private let counters: [[AtomicCounter]]

  /// Creates counters for a table of endpoints, and a row for requests that no endpoint takes.
  init(endpoints: [(method: HTTPMethod, template: String)]) {
    rows = endpoints + [(.other, "unmatched")]
    counters = rows.map { _ in
      (0...RequestMetrics.statuses.count).map { _ in AtomicCounter() }
    }
  }

  /// Counts one answer.
  ///
  /// - Parameter endpoint: the place in the table; `nil` if there was none.
  func count(endpoint: Int?, status: Int) {
    let row = endpoint ?? rows.count - 1
    let known = Self.column.indices.contains(status)
    counters[row][known ? Self.column[status] : Self.statuses.count].add()
  }

  /// All counts that are not zero.
  var counts: [(method: HTTPMethod, template: String, status: String, count: Int)] {
    var result: [(HTTPMethod, String, String, Int)] = []
    for (row, endpoint) in rows.enumerated() {
      for (column, counter) in counters[row].enumerated() where counter.value > 0 {
        let status = column < Self.statuses.count ? String(Self.statuses[column]) : "other"
        result.append((endpoint.method, endpoint.template, status, counter.value))
      }
    }
    return result
  }
}
