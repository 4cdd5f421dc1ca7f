internal import GatewayCore

/// The event log as the parts of one process share it: whoever appends tells those who follow.
///
/// A follower is told that there is something new, not what: it reads on from the number that it
/// has come to. So nothing depends on the order in which appends return, and events that another
/// gateway stores are found in the same way, a little later.
public final class EventJournal: Sendable {
  /// What a follower does when there is something new; called on the appender's thread, so it must
  /// not block.
  public typealias Follower = @Sendable () -> Void

  /// A follower's ticket.
  public struct Ticket: Sendable, Hashable {
    fileprivate let number: Int
  }

  private struct State: Sendable {
    var followers: [Int: (organisation: String?, follower: Follower)] = [:]
    var lastTicket = 0
  }

  private let storage: any EventLogStorage
  private let state = Locked(State())

  /// Creates the journal of a storage; a process has one.
  public init(_ storage: any EventLogStorage) { self.storage = storage }

  /// Stores events, the new states of detectors and the deliveries, see
  /// ``EventLogStorage/append(_:)``, and tells the followers.
  ///
  /// - Returns: the events with their numbers, in the order of the batch.
  /// - Throws: ``StorageFault``, as the storage does; nobody is told anything then.
  @discardableResult
  public func append(_ batch: EventBatch) async throws(StorageFault) -> [StoredEvent] {
    let stored = try await storage.append(batch)
    let organisations = Set(stored.map(\.event.organisation))
    if !organisations.isEmpty { tell(organisations) }
    return stored
  }

  /// Tells the followers of an organisation's events that were stored together with something else,
  /// see ``OperationStorage/conclude(_:at:lease:audit:events:)``.
  public func announce(_ organisation: String) {
    tell([organisation])
  }

  /// Tells all followers: another gateway has stored events, of whichever organisation.
  public func announce() {
    tell(nil)
  }

  private func tell(_ organisations: Set<String>?) {
    let told = state.withLock { state in
      state.followers.values.filter { follower in
        guard let organisations, let organisation = follower.organisation else { return true }
        return organisations.contains(organisation)
      }
    }
    for (_, follower) in told { follower() }
  }

  /// Begins to follow.
  ///
  /// - Parameter organisation: only its events; `nil` for all.
  public func follow(_ organisation: String?, _ follower: @escaping Follower) -> Ticket {
    state.withLock { state in
      state.lastTicket += 1
      state.followers[state.lastTicket] = (organisation, follower)
      return Ticket(number: state.lastTicket)
    }
  }

  /// Follows no more; a call that is under way may still come.
  public func unfollow(_ ticket: Ticket) {
    state.withLock { _ = $0.followers.removeValue(forKey: ticket.number) }
  }
}
