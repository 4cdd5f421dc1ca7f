import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import Storage
import Webhooks

/// Where events of home-automation systems enter: proof of identity, rules, storage. In that order.
final class Hooks: Sendable {
  /// What an event may do, and where it goes.
  struct Place: Sendable {
    let service: OrganisationService
    /// The rules for its values: the fields' own, and the organisation's guard rails.
    let rules: WriteRules
  }

  /// No hook at all.
  static let none = Hooks(HookRegistry([]), places: [:])

  let registry: HookRegistry
  private let places: [String: Place]
  private let counters: [String: HookCounters]

  /// Creates the entry.
  ///
  /// - Parameters:
  ///   - places: by the name of the organisation; hooks of others lead nowhere.
  ///   - former: the entry in whose place this one comes; the counts of hooks of its names go on.
  init(_ registry: HookRegistry, places: [String: Place], after former: Hooks? = nil) {
    self.registry = registry
    self.places = places
    counters = Dictionary(
      uniqueKeysWithValues: registry.names.map { ($0, former?.counters[$0] ?? HookCounters()) })
  }

  /// Verifies and judges an event.
  ///
  /// - Throws: ``HookRefusal``; nothing of the body was read if the sender did not prove itself.
  func receive(
    _ request: HTTPRequest, hook name: String, token: String?, now: Timestamp
  ) throws(HookRefusal) -> (event: EventRequest, service: OrganisationService) {
    do throws(HookRefusal) {
      let received = try registry.receive(request, hook: name, token: token, now: now)
      guard let place = places[received.hook.organisation] else { throw .misplaced }
      let event = EventRequest(
        hook: received.hook.name, key: received.key, body: KeptBody.bytes(of: received),
        receivedAt: now,
        decision: decide(
          received.hook, EventBody(received.body, format: received.format), at: now, place),
        traceparent: TraceContext.traceparent(of: request))
      return (event, place.service)
    } catch {
      counters[name]?.refused.add()
      throw error
    }
  }

  /// What a stored event would lead to today.
  ///
  /// - Throws: ``GatewayFault`` (`event-not-replayable`): its hook or its body is gone.
  func judge(
    _ event: StoredHookEvent, at now: Timestamp
  ) throws(GatewayFault) -> EventRequest.Decision {
    let (hook, body) = try registry.replayable(event)
    guard let place = places[hook.organisation] else { throw HookRegistry.hookIsGone }
    return decide(hook, body, at: now, place)
  }

  /// What hooks of an organisation may write; `nil` if there is no such organisation.
  func rules(of organisation: String) -> WriteRules? { places[organisation]?.rules }

  /// Counts what an accepted event was.
  func count(_ receipt: EventReceipt, of hook: String) {
    guard let counters = counters[hook] else { return }
    (receipt.isRepeat ? counters.repeated : counters.accepted).add()
  }

  /// Counts since the start, by hook and outcome.
  var counts: [(hook: String, outcome: String, count: Int)] {
    counters.sorted { $0.key < $1.key }.flatMap { name, counters in
      [
        (name, "accepted", counters.accepted.value), (name, "repeated", counters.repeated.value),
        (name, "refused", counters.refused.value),
      ]
    }
  }

  private func decide(
    _ hook: Hook, _ body: EventBody, at now: Timestamp, _ place: Place
  ) -> EventRequest.Decision {
    EventRequest.Decision(
      hook, body, at: now, directory: place.service.directory, rules: place.rules)
  }
}

extension EventRequest.Decision {
  /// What an event leads to.
  ///
  /// - Parameter directory: the heat pumps that are known.
  init(
    _ hook: Hook, _ body: EventBody, at now: Timestamp, directory: Directory, rules: WriteRules
  ) {
    let decision = hook.decide(
      body.value, format: body.format, acceptedAt: now, resolve: { directory.resolve($0)?.id },
      rules: rules)
    switch decision {
    case .ignored:
      self = .ignored
    case .dead(let rule, let heatPump, let reason):
      self = .dead(rule: rule, heatPump: heatPump.flatMap(directory.address(of:)), reason: reason)
    case .apply(let rule, let heatPump, let patch, let validFor):
      guard let address = directory.address(of: heatPump) else {
        self = .dead(rule: rule, heatPump: nil, reason: "the heat pump is not known")
        return
      }
      self = .write(patch, of: address, rule: rule, validFor: validFor)
    }
  }
}

extension HookRegistry {
  static let hookIsGone = GatewayFault(
    .eventNotReplayable, "Its hook is not configured any more.")

  /// The hook and the body of a stored event that can be judged again.
  ///
  /// - Throws: ``GatewayFault`` (`event-not-replayable`).
  func replayable(_ event: StoredHookEvent) throws(GatewayFault) -> (Hook, EventBody) {
    guard let hook = self[event.hook], hook.organisation == event.organisation else {
      throw Self.hookIsGone
    }
    guard !hook.readsWhatIsRedacted else {
      throw GatewayFault(
        .eventNotReplayable, "The hook's rules read values that are redacted when it is stored.")
    }
    guard let kept = event.body.flatMap(KeptBody.init(bytes:)) else {
      throw GatewayFault(.eventNotReplayable, "Its body was not kept, or not for so long.")
    }
    return (hook, kept.body)
  }
}

/// Counts of one hook.
private struct HookCounters: Sendable {
  let accepted = AtomicCounter()
  let repeated = AtomicCounter()
  let refused = AtomicCounter()
}

/// An event's body as it is stored: with the way in which it was written, since a replay must read
/// it alike.
struct KeptBody {
  let body: EventBody

  /// What is stored of an event's body; `nil` for nothing.
  static func bytes(of received: ReceivedEvent) -> [UInt8]? {
    let format = received.format
    // What is JSON already, and was read as such, need not be written once more.
    guard format == .json, received.mayBeKeptWhole else {
      return received.storedBody().map { kept in
        let stored: JSONValue = ["format": .string(format.rawValue), "body": kept]
        return stored.encoded
      }
    }
    var bytes = Array(#"{"format":"json","body":"#.utf8)
    bytes.reserveCapacity(bytes.count + received.raw.count + 1)
    bytes += received.raw
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  init?(bytes: [UInt8]) {
    guard let kept = try? JSONValue(parsing: bytes), let value = kept["body"],
      let format = kept["format"]?.string.flatMap(EventBody.Format.init(rawValue:))
    else { return nil }
    body = EventBody(value, format: format)
  }
}
