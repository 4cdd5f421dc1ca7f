public import GatewayCore
public import HeatPumps

/// What an event does.
public enum HookDecision: Sendable, Equatable {
  /// Nothing: no rule is about it.
  case ignored
  /// Nothing ever, although it should: an entry for the dead letters. The reason is a sentence for
  /// operators, which names pointers, and no value of the event.
  case dead(rule: String?, heatPump: ResourceID?, reason: String)
  /// That change, if it is not too late for it.
  case apply(rule: String, heatPump: ResourceID, patch: HeatPumpPatch, validFor: Duration)
}

extension Hook {
  /// Decides what becomes of an event. Depends on nothing but what is given.
  ///
  /// - Parameters:
  ///   - body: the event's body as ``ReceivedEvent/body`` gave it.
  ///   - format: how it was written, as ``ReceivedEvent/format`` says; a form's texts count as
  ///     numbers and truth values where those are needed.
  ///   - acceptedAt: when the event was accepted.
  ///   - resolve: the id of the heat pump of the hook's organisation with that alias or id, if one
  ///     is known.
  ///   - rules: what a hook of the organisation may write.
  public func decide(
    _ body: JSONValue, format: EventBody.Format = .json, acceptedAt: Timestamp,
    resolve: (String) -> ResourceID?, rules: WriteRules
  ) -> HookDecision {
    let event = EventBody(body, format: format)
    guard let rule = self.rules.first(for: event) else { return .ignored }
    let heatPump: ResourceID
    switch findTarget(body, resolve) {
    case .success(let id): heatPump = id
    case .failure(let fault): return .dead(rule: rule.name, heatPump: nil, reason: fault.reason)
    }
    do {
      return .apply(
        rule: rule.name, heatPump: heatPump,
        patch: try rule.patch(for: event, acceptedAt: acceptedAt, rules: rules),
        validFor: rule.validFor)
    } catch {
      return .dead(rule: rule.name, heatPump: heatPump, reason: error.description)
    }
  }

  private struct TargetFault: Error {
    let reason: String
  }

  private func findTarget(
    _ body: JSONValue, _ resolve: (String) -> ResourceID?
  ) -> Result<ResourceID, TargetFault> {
    let name: String
    switch target {
    case .heatPump(let id): name = id.description
    case .pointer(let pointer):
      guard let value = body.at(pointer: pointer) else {
        return .failure(TargetFault(reason: "the event names no heat pump at \(pointer)"))
      }
      guard let text = value.string else {
        return .failure(TargetFault(reason: "the heat pump at \(pointer) is not named by text"))
      }
      name = text
    }
    guard let id = resolve(name) else {
      return .failure(TargetFault(reason: "\(targetPlace) is not known"))
    }
    guard heatPumps.allows(id) else {
      return .failure(
        TargetFault(reason: "\(targetPlace) is not among those that the hook may touch"))
    }
    return .success(id)
  }

  private var targetPlace: String {
    switch target {
    case .heatPump: "the hook's own heat pump"
    case .pointer(let pointer): "the heat pump named at \(pointer)"
    }
  }
}
