public import GatewayCore

/// The log of what happened, and what the detectors of changes remember.
///
/// The log is read by its numbers. A reader who has come to `after` has missed nothing if
/// `after + 1` is at least ``oldestSequence(of:)``.
public protocol EventLogStorage: Sendable {
  /// Stores events, the new states of detectors, and a delivery to each subscription that is active
  /// and wants the event: all or nothing.
  ///
  /// While a subscription is paused or disabled nothing is queued for it:
  /// ``DeliveryStorage/replayDeliveries(of:since:at:where:)`` fetches that later. What was queued
  /// before stays, and waits.
  ///
  /// - Returns: the events with their numbers, in the order of the batch.
  /// - Throws: ``StorageFault``; `outdated` if a detector's version is another than the expected
  ///   one; `unavailable` if an event's id is taken.
  @discardableResult
  func append(_ batch: EventBatch) async throws(StorageFault) -> [StoredEvent]

  /// What the detector of a heat pump remembers; `nil` if there is nothing.
  ///
  /// - Throws: ``StorageFault``.
  func detector(of heatPump: HeatPumpReference) async throws(StorageFault) -> DetectorState?

  /// What the detectors of an organisation remember, in the order of heat pump and owner.
  ///
  /// - Parameters:
  ///   - after: the last one of the page before; `nil` for the first page.
  /// - Throws: ``StorageFault``.
  func detectors(
    of organisation: String, after: HeatPumpReference?, limit: Int
  ) async throws(StorageFault) -> [DetectorState]

  /// One event, as long as it is kept, be it just for a delivery.
  ///
  /// - Throws: ``StorageFault``.
  func loggedEvent(_ id: ResourceID) async throws(StorageFault) -> StoredEvent?

  /// Several events as ``loggedEvent(_:)`` gives them, in the order in which they are named; those
  /// that are not kept are left out.
  ///
  /// - Throws: ``StorageFault``.
  func loggedEvents(_ ids: [ResourceID]) async throws(StorageFault) -> [StoredEvent]

  /// Events of an organisation in their order, from ``oldestSequence(of:)`` on.
  ///
  /// - Parameters:
  ///   - after: only those with a larger number.
  /// - Throws: ``StorageFault``.
  func loggedEvents(
    of organisation: String, after: Int64, _ selection: EventSelection, limit: Int
  ) async throws(StorageFault) -> [StoredEvent]

  /// The number of an organisation's newest event, also if that is kept no longer; zero if there
  /// never was one.
  ///
  /// - Throws: ``StorageFault``.
  func newestSequence(of organisation: String) async throws(StorageFault) -> Int64

  /// The number from which on no event of an organisation is missing: one more than that of the
  /// newest that was forgotten, and 1 if none was.
  ///
  /// - Throws: ``StorageFault``.
  func oldestSequence(of organisation: String) async throws(StorageFault) -> Int64

  /// Forgets events in their order, each with its deliveries; and deliveries that ended long ago.
  ///
  /// An event that has still to be delivered stays, whole, but leaves the feed, which has no holes.
  /// So does one that was noticed earlier than one before it in the log: it goes a little later.
  ///
  /// - Returns: how much went.
  /// - Throws: ``StorageFault``.
  @discardableResult
  func pruneEvents(_ retention: EventRetention) async throws(StorageFault) -> EventPruning
}
