package import GatewayCore

/// A stretch of the log that is sent to a subscription again. How a database names an organisation
/// is up to it.
package struct ReplayStretch<Organisation: Sendable>: Sendable {
  /// The subscription's number.
  package let subscription: Int64
  /// Whose log it is.
  package let organisation: Organisation
  /// What the subscription wants.
  package let selection: EventSelection
  /// It begins behind this event.
  package let after: Int64
  /// It ends with this event.
  package let last: Int64
  /// Only what was noticed then or later.
  package let noticedAfter: Timestamp

  package init(
    subscription: Int64, organisation: Organisation, selection: EventSelection, after: Int64,
    last: Int64, noticedAfter: Timestamp
  ) {
    self.subscription = subscription
    self.organisation = organisation
    self.selection = selection
    self.after = after
    self.last = last
    self.noticedAfter = noticedAfter
  }
}

/// What a database does of a replay, in one short transaction each.
package protocol ReplaySteps: Sendable {
  associatedtype Organisation: Sendable

  /// What a replay has to go through; `nil` if there is no such subscription.
  func replay(
    of subscription: ResourceID, since: ReplayStart
  ) async throws(StorageFault) -> ReplayStretch<Organisation>?

  /// The next events of it.
  func events(
    of replay: ReplayStretch<Organisation>, after: Int64, limit: Int
  ) async throws(StorageFault) -> [StoredEvent]

  /// Queues events for the subscription with that number, whatever became of their deliveries
  /// before; gives how many.
  func requeue(
    _ events: [Int64], for subscription: Int64, at now: Timestamp
  ) async throws(StorageFault) -> Int
}

extension ShortSteps {
  /// ``DeliveryStorage/replayDeliveries(of:since:at:where:)``. What it looks for is found from a
  /// reader: if it throws, some deliveries may have been queued, and asking again queues the rest.
  package static func replayDeliveries(
    _ steps: some ReplaySteps, of subscription: ResourceID, since: ReplayStart, at now: Timestamp,
    where admits: @Sendable (StoredEvent) -> Bool
  ) async throws(StorageFault) -> Int? {
    guard let replay = try await steps.replay(of: subscription, since: since) else { return nil }
    var count = 0
    var position: Int64? = replay.after
    while let after = position {
      let events = try await steps.events(of: replay, after: after, limit: limit)
      let admitted = events.filter(admits).map(\.sequence)
      if !admitted.isEmpty {
        count += try await steps.requeue(admitted, for: replay.subscription, at: now)
      }
      position = events.last?.sequence
    }
    return count
  }
}
