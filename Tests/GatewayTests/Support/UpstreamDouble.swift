import GatewayCore
import TestSupport

/// The upstream's API as a dictionary: heat pumps below their owners, updates taken field by field.
final class UpstreamDouble: Sendable {
  private struct State: Sendable {
    var heatPumps: [String: JSONObject] = [:]
    var failure: FakeTransport.Step?
    var ignored: Set<String> = []
  }

  private let state = Locked(State())

  /// Puts a heat pump below a user.
  func add(_ id: ResourceID, of user: ResourceID, _ fields: JSONValue = [:]) {
    var object = JSONObject()
    object["id"] = .string(id.description)
    object["owner"] = [
      "id": .string(user.description), "email": "jana@example.org", "first_name": "Jana",
    ]
    object["comment"] = "key under the mat"
    object["dhw_standard_temperature"] = .number(ExactDecimal(48))
    object["is_pause_power_active"] = false
    object["pause_power_until"] = .null
    object["price_zone"] = "AT"
    object["current_state_last_updated_at"] = "2026-11-24T09:55:00Z"
    for (name, value) in fields.object?.members ?? [] { object[name] = value }
    state.withLock { [object] in $0.heatPumps["\(user)/heat-pumps/\(id)"] = object }
  }

  func remove(_ id: ResourceID, of user: ResourceID) {
    state.withLock { $0.heatPumps["\(user)/heat-pumps/\(id)"] = nil }
  }

  /// Lets every request fail from now on, or with `nil` none.
  func fail(with step: FakeTransport.Step?) {
    state.withLock { $0.failure = step }
  }

  /// Lets updates of an update field do nothing.
  func ignore(_ field: String) {
    state.withLock { _ = $0.ignored.insert(field) }
  }

  /// The answer to a request; fit for ``FakeTransport``.
  func step(_ request: TransportRequest) -> FakeTransport.Step {
    state.withLock { state in
      if let failure = state.failure { return failure }
      let path = request.url.split(separator: "?")[0]
      guard let range = path.firstRange(of: "/users/") else { return .json([]) }
      let rest = String(path[range.upperBound...])
      if rest.hasSuffix("/statistics") || rest.hasSuffix("/savings") {
        return .json(["url": .string(request.url)])
      }
      if rest.hasSuffix("/heat-pumps") {
        let list = state.heatPumps.filter { $0.key.hasPrefix(rest + "/") }
        return .json(.array(list.sorted { $0.key < $1.key }.map { .object($0.value) }))
      }
      guard var object = state.heatPumps[rest] else {
        return .json(["detail": "Not Found"], status: 404)
      }
      if request.method == .put, let body = try? JSONValue(parsing: request.body ?? []) {
        for (name, value) in body.object?.members ?? [] where !state.ignored.contains(name) {
          object[name] = value
        }
        state.heatPumps[rest] = object
      }
      return .json(.object(object))
    }
  }
}
