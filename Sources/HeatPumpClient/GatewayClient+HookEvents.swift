import Foundation

extension GatewayClient {
  /// A page of the events that home automation has sent, the newest first.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func hookEvents(
    of selection: HookEventSelection = HookEventSelection(), limit: Int = 100,
    cursor: String? = nil
  ) async throws -> Page<HookEvent> {
    try await value(
      Draft(path: ["hook-events"], query: selection.query + Self.page(limit, cursor)))
  }

  /// What became of an event of home automation.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func hookEvent(_ id: String) async throws -> HookEvent {
    try await value(Draft(path: ["hook-events", id]))
  }

  /// Judges an event of home automation anew, and applies it.
  ///
  /// - Returns: the event, with its new operation.
  /// - Throws: ``Problem``, ``ClientError``.
  public func replayHookEvent(_ id: String) async throws -> HookEvent {
    try await value(Draft(method: "POST", path: ["hook-events", id, "replay"]))
  }
}
