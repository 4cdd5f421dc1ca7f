import GatewayCore
import Storage

/// The log of events from its end. It is read by its numbers, which are those of all organisations,
/// so one organisation's events are looked for in pieces of it.
struct EventLook: Sendable {
  let storage: any EventLogStorage
  let organisation: String
  let selection: EventSelection

  // How many numbers a piece has; none of its events is left out, then.
  private static let piece: Int64 = 500
  private static let mostPieces = 20

  /// A page, the newest event first. It may be short, and still have one behind it.
  ///
  /// - Parameter before: only events with a smaller number; `nil` for the newest.
  /// - Returns: with the number before which the next page begins; `nil` if there is none.
  /// - Throws: ``StorageFault``.
  func page(
    before: Int64?, limit: Int
  ) async throws(StorageFault) -> (events: [StoredEvent], next: Int64?) {
    let oldest = try await storage.oldestSequence(of: organisation)
    var end = try await storage.newestSequence(of: organisation) + 1
    if let before { end = min(end, before) }
    var found: [StoredEvent] = []
    for _ in 0..<Self.mostPieces where end > oldest {
      let start = max(oldest, end - Self.piece)
      let events = try await storage.loggedEvents(
        of: organisation, after: start - 1, selection, limit: Int(Self.piece))
      for event in events.reversed() where event.sequence < end {
        if found.count == limit { return (found, found.last?.sequence) }
        found.append(event)
      }
      end = start
    }
    return (found, end > oldest ? end : nil)
  }
}
