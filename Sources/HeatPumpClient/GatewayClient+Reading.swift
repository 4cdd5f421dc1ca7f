import Foundation

/// How old an answer may be.
public enum ReadAge: Sendable, Hashable {
  /// As the gateway is set up: 30 seconds; older while a newer one is fetched, or the upstream
  /// fails.
  case usual
  /// As new as the upstream has it, and no stale answer in the place of a failure.
  case newest
  /// At most so many seconds.
  case atMost(Int)
  /// So many seconds past its freshness, without a fetch.
  case stale(Int)
  /// Whatever is in memory; a ``Problem`` named `not-cached` if nothing is.
  case cachedOnly

  var header: String? {
    switch self {
    case .usual: nil
    case .newest: "no-cache"
    case .atMost(let seconds): "max-age=\(seconds)"
    case .stale(let seconds): "max-stale=\(seconds)"
    case .cachedOnly: "only-if-cached"
    }
  }
}

/// A value, and what the answer's head said of it.
public struct Reading<Value: Sendable>: Sendable {
  /// The value.
  public var value: Value
  /// The entity tag: for `ifMatch`, so that nobody is overwritten, and for polling.
  public var tag: String?
  /// How many seconds ago the gateway fetched it.
  public var age: Int?
  /// Whether the upstream failed, and this is the last answer.
  public var isStale: Bool
}

extension GatewayClient {
  /// Reads a heat pump.
  ///
  /// - Parameters:
  ///   - name: an alias or an id.
  ///   - user: its owner's id; `name` is the id then, and the gateway need not know the heat pump
  ///     yet.
  ///   - fields: the top-level members that are wanted, such as `readings`; empty for all.
  ///   - age: how old it may be.
  /// - Throws: ``Problem``, ``ClientError``.
  public func heatPump(
    _ name: String, user: String? = nil, fields: [String] = [], age: ReadAge = .usual
  ) async throws -> Reading<HeatPump> {
    let answer = try await send(Self.read(Self.path(name, user), fields, age, nil))
    return try Self.reading(answer)
  }

  /// Reads a heat pump unless it is what the caller has already.
  ///
  /// - Parameter tag: the entity tag of the last reading, with the same `fields`.
  /// - Returns: `nil` if nothing has changed.
  /// - Throws: ``Problem``, ``ClientError``.
  public func heatPump(
    _ name: String, user: String? = nil, ifChangedFrom tag: String, fields: [String] = [],
    age: ReadAge = .usual
  ) async throws -> Reading<HeatPump>? {
    let answer = try await send(Self.read(Self.path(name, user), fields, age, tag))
    return answer.status == 304 ? nil : try Self.reading(answer)
  }

  /// A page of all heat pumps that the app may see and the gateway knows.
  ///
  /// - Parameters:
  ///   - user: only those of this user, also such as the gateway does not know yet; `nil` for all.
  ///   - limit: how many at most, 1 to 500.
  ///   - cursor: the `nextCursor` of the page before.
  /// - Throws: ``Problem``, ``ClientError``.
  public func heatPumps(
    ofUser user: String? = nil, fields: [String] = [], limit: Int = 100, cursor: String? = nil
  ) async throws -> Page<HeatPump> {
    try await value(
      Draft(
        path: Self.path(nil, user),
        query: [("fields", Self.list(fields))] + Self.page(limit, cursor)))
  }

  /// The segments that lead to a heat pump, or to the list; with a user, below its owner.
  static func path(_ name: String?, _ user: String?, _ more: String...) -> [String] {
    (user.map { ["users", $0] } ?? []) + ["heat-pumps"] + (name.map { [$0] } ?? []) + more
  }

  static func list(_ words: [String]) -> String? {
    words.isEmpty ? nil : words.joined(separator: ",")
  }

  static func page(_ limit: Int, _ cursor: String?) -> [(name: String, value: String?)] {
    [("limit", String(limit)), ("cursor", cursor)]
  }

  private static func read(
    _ path: [String], _ fields: [String], _ age: ReadAge, _ tag: String?
  ) -> Draft {
    Draft(
      path: path, query: [("fields", list(fields))],
      headers: [("Cache-Control", age.header), ("If-None-Match", tag)])
  }

  static func reading<Value: Decodable>(_ answer: ClientResponse) throws -> Reading<Value> {
    Reading(
      value: try decode(Value.self, answer), tag: answer.headers["etag"],
      age: answer.headers["age"].flatMap { Int($0) },
      isStale: answer.headers["gateway-stale"] == "true")
  }
}
