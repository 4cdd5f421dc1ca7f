import GatewayCore
import TestSupport

/// What those who listen were told in a chaos test, over all the gateways between them and it.
final class EventChaosLedger: Sendable {
  private struct State: Sendable {
    var told: [EventChaosReckoning.Told] = []
    var newest: [ResourceID: [EventChaosField: Int]] = [:]
    var streamed: [Int] = []
    var complaints: [String] = []
    var lives: [EventChaosReckoning.Life] = []
    var writes = 0
    var unanswered = 0
  }

  private let state = Locked(State())

  /// The feed's events in their order.
  var told: [EventChaosReckoning.Told] { state.withLock { $0.told } }
  /// The numbers of the stream's events in their order.
  var streamed: [Int] { state.withLock { $0.streamed } }
  /// What went wrong on the way, in words.
  var complaints: [String] { state.withLock { $0.complaints } }
  /// All gateways' times.
  var lives: [EventChaosReckoning.Life] { state.withLock { $0.lives } }
  /// How many writes were tried, and how many of them got no answer.
  var writes: (tried: Int, unanswered: Int) { state.withLock { ($0.writes, $0.unanswered) } }

  /// The value of a field that the feed told last; `nil` if it never told one.
  func newest(_ heatPump: ResourceID, _ field: EventChaosField) -> Int? {
    state.withLock { $0.newest[heatPump]?[field] }
  }

  func note(_ event: EventChaosReckoning.Told) {
    state.withLock { state in
      state.told.append(event)
      guard let heatPump = event.heatPump, !event.type.contains(".write_") else { return }
      for change in event.changes {
        state.newest[heatPump, default: [:]][change.field] = change.to
      }
    }
  }

  func note(streamed number: Int) { state.withLock { $0.streamed.append(number) } }

  func note(_ life: EventChaosReckoning.Life) { state.withLock { $0.lives.append(life) } }

  func complain(_ words: String) { state.withLock { $0.complaints.append(words) } }

  func noteWrite(isAnswered: Bool) {
    state.withLock { state in
      state.writes += 1
      if !isAnswered { state.unanswered += 1 }
    }
  }
}

extension EventChaosReckoning.Told {
  /// Reads an event as feed, stream and deliveries have it; `nil` if it is none.
  init?(_ event: JSONValue) {
    guard let data = event["data"], let sequence = data["sequence"]?.integer,
      let id = data["id"]?.string, let type = event["type"]?.string,
      let at = event["timestamp"]?.string.flatMap({ Timestamp(rfc3339: $0) })
    else { return nil }
    self.init(
      sequence: sequence, id: id, type: type, cause: data["cause"]?.string,
      heatPump: data["heat_pump_id"]?.string.flatMap { ResourceID($0) }, at: at,
      changes: (data["changes"]?.array ?? []).compactMap { change in
        guard let field = change["pointer"]?.string.flatMap(EventChaosField.init) else {
          return nil
        }
        return EventChaosReckoning.Told.Change(
          field: field, from: EventChaosField.reading(change["from"]),
          to: EventChaosField.reading(change["to"]))
      })
  }
}
