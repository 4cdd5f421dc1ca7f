public import GatewayCore

/// The calls of the partner API that the gateway makes.
public enum PoderoCall: Sendable, Equatable {
  /// All users of the organisation.
  case users
  /// All heat pumps of one user.
  case heatPumps(user: ResourceID)
  /// One heat pump, with its pending actions; a soft-deleted one only on request.
  case heatPump(user: ResourceID, id: ResourceID, includeDeleted: Bool = false)
  /// Sets fields of a heat pump; the body is the JSON object of the update.
  case update(user: ResourceID, id: ResourceID, body: [UInt8])
  /// Consumption and savings by period; the query is the upstream's own, without `?`.
  case statistics(user: ResourceID, id: ResourceID, query: String)
  /// Savings by period; the query is the upstream's own, without `?`.
  case savings(user: ResourceID, id: ResourceID, query: String)

  /// The method.
  public var method: HTTPMethod { route.method }

  /// The word for metrics and logs: one of a closed set.
  public var label: String { route.label }

  /// All values that ``label`` can have.
  public static var labels: [String] { Route.allCases.map(\.label) }

  /// Whether the call changes something, so that it is not sent again without thought.
  public var isUpdate: Bool { route == .update }

  /// The body, if the call has one.
  public var body: [UInt8]? {
    guard case .update(_, _, let body) = self else { return nil }
    return body
  }

  /// The absolute URL.
  ///
  /// - Parameters:
  ///   - base: the API's base, with or without a slash at its end.
  ///   - organisation: the organisation's id.
  public func url(base: String, organisation: ResourceID) -> String {
    // Put together as bytes: one per request, and text would be copied at each step.
    var url: [UInt8] = []
    url.reserveCapacity(base.utf8.count + 192)
    url.append(copying: base.utf8.span)
    while url.last == UInt8(ascii: "/") { url.removeLast() }
    url.append(copying: "/org/".utf8.span)
    organisation.append(to: &url)
    url.append(copying: "/users".utf8.span)
    let (user, id, query) = parts
    if let user {
      url.append(UInt8(ascii: "/"))
      user.append(to: &url)
      url.append(copying: "/heat-pumps".utf8.span)
    }
    if let id {
      url.append(UInt8(ascii: "/"))
      id.append(to: &url)
    }
    url.append(copying: route.suffix.utf8.span)
    if !query.isEmpty {
      url.append(UInt8(ascii: "?"))
      append(query: query, to: &url)
    }
    return String(decoding: url, as: UTF8.self)
  }

  private var parts: (user: ResourceID?, id: ResourceID?, query: String) {
    switch self {
    case .users: (nil, nil, "")
    case .heatPumps(let user): (user, nil, "")
    case .heatPump(let user, let id, let deleted): (user, id, deleted ? "include_deleted=true" : "")
    case .update(let user, let id, _): (user, id, "")
    case .statistics(let user, let id, let query): (user, id, query)
    case .savings(let user, let id, let query): (user, id, query)
    }
  }

  private var route: Route {
    switch self {
    case .users: .users
    case .heatPumps: .heatPumps
    case .heatPump: .heatPump
    case .update: .update
    case .statistics: .statistics
    case .savings: .savings
    }
  }
}

/// A row of the table of calls.
private struct Route: Equatable, CaseIterable {
  let label: String
  let method: HTTPMethod
  let suffix: String

  static let users = Route(label: "users", method: .get, suffix: "")
  static let heatPumps = Route(label: "heat_pumps", method: .get, suffix: "")
  static let heatPump = Route(label: "heat_pump", method: .get, suffix: "")
  static let update = Route(label: "update", method: .put, suffix: "")
  static let statistics = Route(label: "statistics", method: .get, suffix: "/statistics")
  static let savings = Route(label: "savings", method: .get, suffix: "/savings")

  static let allCases = [users, heatPumps, heatPump, update, statistics, savings]
}

// Characters that a query may hold as they are (RFC 3986, section 3.4), `%` of ready escapes
// included.
private let queryBytes = Set(
  ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" + "-._~!$&'()*+,;=:@/?%").utf8)

// A query comes from a caller: whatever could end the URL or the request line is escaped.
private func append(query: String, to out: inout [UInt8]) {
  for byte in query.utf8 {
    if queryBytes.contains(byte) {
      out.append(byte)
    } else {
      out.append(UInt8(ascii: "%"))
      out.append(contentsOf: [byte >> 4, byte & 15].map(hexDigit))
    }
  }
}
