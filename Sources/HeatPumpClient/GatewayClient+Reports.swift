import Foundation

extension GatewayClient {
  /// A heat pump's figures of the present periods, as the upstream gives them.
  ///
  /// - Parameters:
  ///   - name: an alias or an id.
  ///   - user: its owner, see ``heatPump(_:user:fields:age:)``.
  ///   - resolutions: the lengths of the periods; empty for what the upstream has by default.
  ///   - keywords: what is wanted; empty for all.
  ///   - age: how old the answer may be.
  /// - Returns: the upstream's own document.
  /// - Throws: ``Problem``, ``ClientError``.
  public func statistics(
    of name: String, user: String? = nil, resolutions: [ReportResolution] = [],
    keywords: [ReportKeyword] = [], age: ReadAge = .usual
  ) async throws -> Reading<AnyJSON> {
    let answer = try await send(
      Draft(
        path: Self.path(name, user, "statistics"),
        query: [
          ("resolution", Self.list(resolutions.map(\.rawValue))),
          ("keywords", Self.list(keywords.map(\.rawValue))),
        ],
        headers: [("Cache-Control", age.header)]))
    return try Self.reading(answer)
  }

  /// What a heat pump has saved, as the upstream gives it.
  ///
  /// - Parameters:
  ///   - name: an alias or an id.
  ///   - user: its owner, see ``heatPump(_:user:fields:age:)``.
  ///   - from: the first day or time.
  ///   - to: the last day or time.
  ///   - resolutions: the lengths of the periods; empty for what the upstream has by default.
  ///   - age: how old the answer may be.
  /// - Returns: the upstream's own document.
  /// - Throws: ``Problem``, ``ClientError``.
  public func savings(
    of name: String, user: String? = nil, from: ReportTime? = nil, to: ReportTime? = nil,
    resolutions: [ReportResolution] = [], age: ReadAge = .usual
  ) async throws -> Reading<AnyJSON> {
    let answer = try await send(
      Draft(
        path: Self.path(name, user, "savings"),
        query: [
          ("from", from?.text), ("to", to?.text),
          ("resolution", Self.list(resolutions.map(\.rawValue))),
        ],
        headers: [("Cache-Control", age.header)]))
    return try Self.reading(answer)
  }
}
