public import GatewayCore

/// Events on their way to subscriptions.
///
/// Deliveries are claimed for a while, as lanes are: when a gateway crashes, what it had claimed
/// can be claimed by another once the lease has run out.
public protocol DeliveryStorage: Sendable {
  /// Takes deliveries that are due, of subscriptions that are active.
  ///
  /// It is fair, however much waits for one subscription: each gives one in turn, beginning with
  /// the one whose last turn is the longest ago. Of a subscription those come first that have been
  /// due for the longest, and what is given comes in the order of the events as far as that allows.
  /// One that fails gives a single one, and no turn of the others is taken by those that are beyond
  /// ``DeliveryRequest/failingLimit``.
  ///
  /// - Throws: ``StorageFault``.
  func claimDeliveries(
    _ request: DeliveryRequest
  ) async throws(StorageFault) -> [ClaimedDelivery]

  /// When the next delivery may be claimed, as far as is known now; `nil` if none waits. It may be
  /// in the past.
  ///
  /// - Parameters:
  ///   - excluding: subscriptions that do not count.
  /// - Throws: ``StorageFault``.
  func nextDelivery(
    excluding: Set<ResourceID>
  ) async throws(StorageFault) -> Timestamp?

  /// Stores what became of a claimed delivery, and what that has shown about its subscription.
  ///
  /// - Throws: ``StorageFault``; `leaseLost` if somebody else has claimed it, it was concluded
  ///   already, or it is gone with its subscription: nothing has changed then.
  func conclude(_ conclusion: DeliveryConclusion, at: Timestamp) async throws(StorageFault)

  /// One delivery.
  ///
  /// - Throws: ``StorageFault``.
  func delivery(_ id: ResourceID) async throws(StorageFault) -> StoredDelivery?

  /// Deliveries, those of the newest events first, in the reverse order of their ids.
  ///
  /// - Parameters:
  ///   - before: only those with a smaller id; `nil` for the newest. What is no delivery's id gives
  ///     none.
  /// - Throws: ``StorageFault``.
  func deliveries(
    _ filter: DeliveryFilter, before: ResourceID?, limit: Int
  ) async throws(StorageFault) -> [StoredDelivery]

  /// Queues a delivery again, whatever became of it; its attempts are kept. One that waits comes at
  /// once; one that is under way is left alone.
  ///
  /// - Returns: the delivery; `nil` if there is none.
  /// - Throws: ``StorageFault``.
  func replayDelivery(
    _ id: ResourceID, at: Timestamp
  ) async throws(StorageFault) -> StoredDelivery?

  /// Queues the events in the feed that a subscription wants: those that it has had are sent again,
  /// those that it has not are sent for the first time, those that wait go on waiting.
  ///
  /// Events that come in meanwhile are not part of it. It works in any state of the subscription;
  /// what is queued waits until that is active.
  ///
  /// - Parameters:
  ///   - admits: whether the subscription's owner may know of an event; the others are left out.
  /// - Returns: how many deliveries were queued; `nil` if there is no such subscription.
  /// - Throws: ``StorageFault``.
  func replayDeliveries(
    of subscription: ResourceID, since: ReplayStart, at: Timestamp,
    where admits: @escaping @Sendable (StoredEvent) -> Bool
  ) async throws(StorageFault) -> Int?
}
