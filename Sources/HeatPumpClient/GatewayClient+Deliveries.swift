import Foundation

extension GatewayClient {
  /// A page of the deliveries of the app's subscriptions, those of the newest events first. It may
  /// be shorter than `limit`, or empty, and still have a next one.
  ///
  /// - Parameters:
  ///   - subscription: only deliveries of this one; `nil` for all.
  ///   - state: only deliveries that stand there; `nil` for all.
  /// - Throws: ``Problem``, ``ClientError``.
  public func deliveries(
    ofSubscription subscription: String? = nil, state: DeliveryState? = nil, limit: Int = 100,
    cursor: String? = nil
  ) async throws -> Page<Delivery> {
    try await value(
      Draft(
        path: ["deliveries"],
        query: [("subscription", subscription), ("state", state?.rawValue)]
          + Self.page(limit, cursor)))
  }

  /// A delivery with its attempts.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func delivery(_ id: String) async throws -> Delivery {
    try await value(Draft(path: ["deliveries", id]))
  }

  /// Sends a delivery's event again, whatever became of it.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func replayDelivery(_ id: String) async throws -> Delivery {
    try await value(Draft(method: "POST", path: ["deliveries", id, "replay"]))
  }
}
