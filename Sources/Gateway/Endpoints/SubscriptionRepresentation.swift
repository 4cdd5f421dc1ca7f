import GatewayCore
import Storage
import Webhooks

extension StoredSubscription {
  /// The subscription as its representation shows it: never a secret.
  func representation(at now: Timestamp, alias: (ResourceID) -> String?) -> JSONValue {
    let heatPumps = terms.selection.heatPumps?.map { alias($0) ?? $0.description }
    var shown = JSONObject()
    shown["id"] = .string(id.description)
    shown["url"] = .string(terms.url)
    shown["event_types"] = list(terms.selection.types)
    shown["heat_pumps"] = list(heatPumps)
    shown["format"] = terms.isCloudEvents ? "cloudevents" : "standard"
    shown["description"] = terms.description.map(JSONValue.string) ?? .null
    shown["state"] = .string(terms.state.name)
    shown["reason"] = terms.state.reason.map(JSONValue.string) ?? .null
    shown["created_at"] = shownTime(createdAt)
    shown["changed_at"] = shownTime(changedAt)
    shown["failing_since"] = shownTime(failingSince)
    shown["warned_at_percent"] = .number(ExactDecimal(warnedAtPercent))
    shown["disables_at"] = shownTime(FailureWatch().end(of: self))
    shown["secrets"] = .array(
      terms.secrets.filter { $0.signs(at: now) }.map {
        ["created_at": shownTime($0.madeAt), "expires_at": shownTime($0.expiresAt)]
      })
    return .object(shown)
  }

  private func list(_ texts: [String]?) -> JSONValue {
    .array((texts ?? ["*"]).map(JSONValue.string))
  }
}

extension SubscriptionState {
  /// The word for it.
  var name: String {
    switch self {
    case .active: "active"
    case .paused: "paused"
    case .disabled: "disabled"
    }
  }

  /// Why the gateway gave it up, if it did.
  var reason: String? {
    guard case .disabled(let reason) = self else { return nil }
    return reason
  }
}

/// A time, or null.
func shownTime(_ time: Timestamp?) -> JSONValue { time.map { .string($0.description) } ?? .null }
