import Foundation

/// Which events are wanted.
public struct EventSelection: Sendable, Hashable {
  /// Only these types; empty for all.
  public var types: [EventType]
  /// Only events about these heat pumps, by alias or id; empty for all.
  public var heatPumps: [String]

  /// Creates a selection; without arguments, of everything that the app may see.
  public init(types: [EventType] = [], heatPumps: [String] = []) {
    self.types = types
    self.heatPumps = heatPumps
  }

  var query: [(name: String, value: String?)] {
    [
      ("event_types", GatewayClient.list(types.map(\.rawValue))),
      ("heat_pumps", GatewayClient.list(heatPumps)),
    ]
  }
}

extension GatewayClient {
  /// A page of the log of events, the oldest first.
  ///
  /// Handle the events, then keep ``EventPage/nextAfter`` where your own data is: each event is
  /// handled at least once then, whoever crashes.
  ///
  /// - Parameters:
  ///   - sequence: only events after it; `nil` from the oldest that is kept.
  ///   - limit: how many at most, 1 to 500.
  /// - Throws: ``Problem``, ``ClientError``.
  public func events(
    after sequence: Int? = nil, limit: Int = 100, of selection: EventSelection = EventSelection()
  ) async throws -> EventPage {
    try await value(
      Draft(
        path: ["events"],
        query: [("after", sequence.map(String.init)), ("limit", String(limit))] + selection.query))
  }

  /// Events as they happen. The stream comes back by itself after whatever ends it, and goes on
  /// where it was; nothing is left out and nothing comes twice, unless
  /// ``StreamItem/resync(oldest:newest:)`` says so.
  ///
  /// It ends with a ``Problem`` when repeating does not help, as when the key is refused.
  ///
  /// - Parameter sequence: the last event that was handled; `nil` to begin with what comes next.
  public func stream(
    after sequence: Int? = nil, of selection: EventSelection = EventSelection()
  ) -> AsyncThrowingStream<StreamItem, any Error> {
    let (items, continuation) = AsyncThrowingStream<StreamItem, any Error>.makeStream()
    let task = Task {
      do {
        try await EventStreamReader(client: self, selection: selection, last: sequence)
          .run { continuation.yield($0) }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    continuation.onTermination = { _ in task.cancel() }
    return items
  }
}

/// What comes over a stream.
public enum StreamItem: Sendable, Hashable {
  /// An event, with its place in the log.
  case event(Event, sequence: Int)
  /// Events are gone from the log: read the heat pumps anew. The stream goes on after `newest`.
  case resync(oldest: Int, newest: Int)
}
