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
  ///   - fields: the top-level members that are wanted, such as `readings`; empty for all.
  ///   - age: how old it may be.
  /// - Throws: ``Problem``, ``ClientError``.
  public func heatPump(
    _ name: String, fields: [String] = [], age: ReadAge = .usual
  ) async throws -> Reading<HeatPump> {
    let answer = try await send(Self.read(name, fields, age, nil))
    return try Self.reading(answer)
  }

  /// Reads a heat pump unless it is what the caller has already.
  ///
  /// - Parameter tag: the entity tag of the last reading, with the same `fields`.
  /// - Returns: `nil` if nothing has changed.
  /// - Throws: ``Problem``, ``ClientError``.
  public func heatPump(
    _ name: String, ifChangedFrom tag: String, fields: [String] = [], age: ReadAge = .usual
  ) async throws -> Reading<HeatPump>? {
    let answer = try await send(Self.read(name, fields, age, tag))
    return answer.status == 304 ? nil : try Self.reading(answer)
  }

  /// A page of all heat pumps that the app may see and the gateway knows.
  ///
  /// - Parameters:
  ///   - limit: how many at most, 1 to 500.
  ///   - cursor: the `nextCursor` of the page before.
  /// - Throws: ``Problem``, ``ClientError``.
  public func heatPumps(
    fields: [String] = [], limit: Int = 100, cursor: String? = nil
  ) async throws -> Page<HeatPump> {
    try await value(
      Draft(path: ["heat-pumps"], query: [("fields", Self.list(fields))] + Self.page(limit, cursor))
    )
  }

  static func list(_ words: [String]) -> String? {
    words.isEmpty ? nil : words.joined(separator: ",")
  }

  static func page(_ limit: Int, _ cursor: String?) -> [(name: String, value: String?)] {
    [("limit", String(limit)), ("cursor", cursor)]
  }

  private static func read(
    _ name: String, _ fields: [String], _ age: ReadAge, _ tag: String?
  ) -> Draft {
    Draft(
      path: ["heat-pumps", name], query: [("fields", list(fields))],
      headers: [("Cache-Control", age.header), ("If-None-Match", tag)])
  }

  private static func reading(_ answer: ClientResponse) throws -> Reading<HeatPump> {
    Reading(
      value: try decode(HeatPump.self, answer), tag: answer.headers["etag"],
      age: answer.headers["age"].flatMap { Int($0) },
      isStale: answer.headers["gateway-stale"] == "true")
  }
}
