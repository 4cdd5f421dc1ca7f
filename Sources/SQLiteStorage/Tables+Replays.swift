import GatewayCore
import Storage

extension Tables {
  /// What a replay has to go through; `nil` if there is no such subscription.
  func replay(of id: ResourceID, since: ReplayStart) throws -> ReplayStretch<Int64>? {
    guard let (number, subscription) = try numberedSubscription(id),
      let (organisation, pruned) = try organisationRow(subscription.organisation)
    else { return nil }
    let last = try newestEvent(of: organisation)
    var (start, noticedAfter) = (last + 1, Timestamp(microseconds: .min))
    switch since {
    case .sequence(let sequence): start = sequence
    case .time(let time):
      noticedAfter = time
      if let first = try firstEvent(of: organisation, at: time) { start = first }
    }
    return ReplayStretch(
      subscription: number, organisation: organisation, selection: subscription.terms.selection,
      after: max(pruned, max(1, start) - 1), last: last, noticedAfter: noticedAfter)
  }

  /// The next events of a replay.
  func events(of replay: ReplayStretch<Int64>, after: Int64, limit: Int) throws -> [StoredEvent] {
    let (types, heatPumps) = Texts.lists(replay.selection)
    return try all(
      Self.replayed,
      [
        replay.organisation, after, types, heatPumps, replay.last,
        replay.noticedAfter.microseconds, limit,
      ]
    ) { row in try row.loggedEvent() }
  }

  /// Queues events for a subscription, unless they are queued, or one of both is gone.
  ///
  /// - Returns: how many were queued.
  func requeue(_ events: [Int64], for number: Int64, at now: Timestamp) throws -> Int {
    guard try subscription(number) != nil else { return 0 }
    var count = 0
    for sequence in events {
      guard var delivery = try delivery(of: sequence, to: number) else {
        if try queue(sequence, for: number, at: now) { count += 1 }
        continue
      }
      guard delivery.state != .pending, delivery.replay(at: now) else { continue }
      try update(delivery, of: number)
      count += 1
    }
    return count
  }

  static let replayed =
    selectEvent + feed
      + """
      AND event.sequence <= ?5 AND event.at >= ?6 ORDER BY event.sequence LIMIT ?7
      """
}
