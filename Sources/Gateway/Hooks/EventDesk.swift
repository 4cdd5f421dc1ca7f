public import Configuration
public import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import Storage
import Webhooks

/// Events in the hands of an operator: what came in, what a sample would do, and once more. The
/// gateway may run meanwhile. Of the secrets, just the URL of a database server is read.
public struct EventDesk: Sendable {
  /// Which events to show.
  public struct Selection: Sendable {
    /// How many at most, the newest first.
    public var count = 20
    /// Only those of this hook.
    public var hook: String?
    /// Only those that stand there: `accepted`, `applied`, `ignored`, `merged`, `expired`, `dead`.
    public var state: String?

    /// All events.
    public init() {}
  }

  private let configuration: GatewayConfiguration
  private let registry: HookRegistry
  private let clock: any GatewayClock
  private let random = SystemRandomSource()

  /// For the hooks and the database of a configuration.
  public init(_ configuration: GatewayConfiguration, clock: any GatewayClock = SystemClock()) {
    self.configuration = configuration
    self.clock = clock
    registry = HookSetup.rules(configuration.hooks)
  }

  /// Hands out events, the newest first.
  ///
  /// - Throws: ``DeskFault``.
  public func list(
    _ selection: Selection, _ show: (JSONValue) -> Void
  ) async throws(DeskFault) {
    let state = try selection.state.map { name throws(DeskFault) in
      guard let state = HookEventState(rawValue: name) else {
        let names = HookEventState.allCases.map(\.rawValue).joined(separator: ", ")
        throw DeskFault(description: "the state is one of \(names)")
      }
      return state
    }
    let organisations = configuration.organisations.map(\.name)
    let events = try await configuration.storage.asked { reader throws(StorageFault) in
      var events: [StoredHookEvent] = []
      for organisation in organisations {
        events += try await reader.hookEvents(
          HookEventFilter(organisation: organisation, hook: selection.hook, state: state),
          before: nil, limit: selection.count)
      }
      return events
    }
    for event in events.sorted(by: { $0.sequence > $1.sequence }).prefix(selection.count) {
      show(representation(event))
    }
  }

  /// One event with its body, as far as that is kept.
  ///
  /// - Throws: ``DeskFault``.
  public func show(_ id: ResourceID) async throws(DeskFault) -> JSONValue {
    let event = try await event(id)
    var shown = representation(event).object ?? JSONObject()
    shown["body"] = event.body.flatMap(KeptBody.init(bytes:))?.body.value ?? .null
    return .object(shown)
  }

  /// What a sample event would do now; nothing is sent and nothing is stored.
  ///
  /// - Parameter type: the content type that it would have.
  /// - Throws: ``DeskFault``.
  public func test(hook name: String, body: [UInt8], type: String) throws(DeskFault) -> JSONValue {
    guard let hook = registry[name] else {
      throw DeskFault(description: "there is no hook \(name)")
    }
    let event: ReceivedEvent
    do {
      event = try hook.read(unproven: body, type: type)
    } catch {
      throw DeskFault(description: error.fault.detail)
    }
    let decision = EventRequest.Decision(
      hook, EventBody(event.body, format: event.format), at: clock.wall,
      directory: directory(hook.organisation), rules: try rules(hook.organisation))
    return description(of: decision, hook)
  }

  /// Judges a stored event again; the running gateway, or the next one, carries it out.
  ///
  /// - Throws: ``DeskFault``.
  public func replay(_ id: ResourceID) async throws(DeskFault) -> JSONValue {
    let event = try await event(id)
    let storage: any Storage
    do {
      storage = try await StorageSetup.openBeside(configuration.storage)
    } catch {
      throw DeskFault(description: "\(error)")
    }
    let result: Result<StoredHookEvent, DeskFault>
    do {
      result = .success(try await replay(event, in: storage))
    } catch {
      result = .failure(error)
    }
    await storage.close()
    return representation(try result.get())
  }

  private func replay(
    _ event: StoredHookEvent, in storage: any Storage
  ) async throws(DeskFault) -> StoredHookEvent {
    do {
      let (hook, body) = try registry.replayable(event)
      let known = directory(event.organisation)
      for answer in try await storage.answers(of: event.organisation, bytes: .max) {
        known.learn(HeatPumpAddress(user: answer.heatPump.user, id: answer.heatPump.id))
      }
      let now = clock.wall
      let decision = EventRequest.Decision(
        hook, body, at: now, directory: known, rules: try rules(hook.organisation))
      // The right to the lane ends as it begins: the gateway takes it up.
      let redecided = try await storage.redecide(
        event.id,
        decision.stored(
          organisation: event.organisation, hook: event.hook, event: event.id, at: now,
          operationID: random.timeOrderedID(at: now)), at: now,
        lane: LaneRequest(owner: random.timeOrderedID(at: now), now: now, until: now))
      guard let redecided else { throw DeskFault(description: "there is no such event") }
      return redecided.event
    } catch let fault as DeskFault {
      throw fault
    } catch let fault as GatewayFault {
      throw DeskFault(description: fault.detail)
    } catch StorageFault.outdated {
      throw DeskFault(description: "it is being carried out; wait for its end")
    } catch {
      throw DeskFault(description: "\(error)")
    }
  }

  private func event(_ id: ResourceID) async throws(DeskFault) -> StoredHookEvent {
    let event = try await configuration.storage.asked { reader throws(StorageFault) in
      try await reader.hookEvent(id)
    }
    guard let event else { throw DeskFault(description: "there is no event \(id)") }
    return event
  }

  private func directory(_ organisation: String) -> Directory {
    Directory(
      aliases: Dictionary(
        configuration.heatPumps.filter { $0.organisation == organisation }.map {
          ($0.alias, HeatPumpAddress(user: $0.userID, id: $0.heatPumpID))
        }, uniquingKeysWith: { first, _ in first }))
  }

  private func rules(_ organisation: String) throws(DeskFault) -> WriteRules {
    guard let found = configuration.organisations.first(where: { $0.name == organisation }) else {
      throw DeskFault(description: "there is no organisation \(organisation)")
    }
    return HookSetup.writeRules(found)
  }

  private func representation(_ event: StoredHookEvent) -> JSONValue {
    let directory = directory(event.organisation)
    return event.representation(alias: { directory.alias(of: $0) })
  }

  private func description(of decision: EventRequest.Decision, _ hook: Hook) -> JSONValue {
    switch decision {
    case .ignored:
      return ["state": "ignored", "reason": "no rule applies"]
    case .dead(let rule, _, let reason):
      return [
        "state": "dead", "rule": rule.map(JSONValue.string) ?? .null, "reason": .string(reason),
      ]
    case .write(let patch, let address, let rule, let validFor):
      let body = try? JSONValue(parsing: patch.updateBody(current: nil))
      return [
        "state": "accepted", "rule": .string(rule),
        "heat_pump_id": .string(address.id.description), "patch": patch.body,
        "upstream_body": body ?? .null, "valid_for": .string(validFor.iso8601),
        "enabled": .bool(hook.isEnabled),
      ]
    }
  }
}
