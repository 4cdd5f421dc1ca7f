import GatewayCore
import TestSupport

/// The partner API as far as the service needs it: users, their heat pumps, updates, over
/// ``FakeTransport``. What the script of the transport holds goes before it.
final class HeatPumpUpstream: Sendable {
  /// What an update does with the fields that it doesn't name, or names.
  enum UpdateBehaviour: Sendable {
    /// Sets the named fields, as the guide says.
    case patch
    /// Sets the named ones, and all others to their schema's defaults.
    case fillsDefaults
    /// Sets the named ones except these.
    case ignores(Set<String>)
  }

  fileprivate struct State: Sendable {
    var users: [ResourceID] = []
    var heatPumps: [(user: ResourceID, fields: JSONObject)] = []
    var actions: [JSONValue] = []
    var behaviour = UpdateBehaviour.patch
    var outage: FakeTransport.Step?
  }

  /// The way here.
  let transport: FakeTransport
  private let state: Locked<State>

  init() {
    let state = Locked(State())
    self.state = state
    transport = FakeTransport([], then: { Self.answer($0, state) })
  }

  /// `METHOD path?query` of all requests so far, below the organisation.
  var log: [String] {
    transport.requests.map { "\($0.method.rawValue) \(Self.path($0))" }
  }

  /// The bodies of all updates so far.
  var updates: [JSONValue] {
    transport.requests.filter { $0.method == .put }.compactMap {
      try? JSONValue(parsing: $0.body ?? [])
    }
  }

  /// Puts a heat pump there, or another one with the same id in its place.
  func place(_ id: ResourceID, of user: ResourceID, _ changes: [String: JSONValue] = [:]) {
    var fields = Self.fields
    fields["id"] = .string(id.description)
    fields["owner"] = ["id": .string(user.description), "email": "jana@example.org"]
    for (name, value) in changes { fields[name] = value }
    state.withLock { state in
      if !state.users.contains(user) { state.users.append(user) }
      state.heatPumps.removeAll { $0.fields["id"] == fields["id"] }
      state.heatPumps.append((user, fields))
    }
  }

  /// Changes fields behind the gateway's back.
  func change(_ id: ResourceID, _ changes: [String: JSONValue]) {
    state.withLock {
      $0.update(id) { fields in for (name, value) in changes { fields[name] = value } }
    }
  }

  func remove(_ id: ResourceID) {
    state.withLock { state in
      state.heatPumps.removeAll { $0.fields["id"] == .string(id.description) }
    }
  }

  func remove(user: ResourceID) {
    state.withLock { state in
      state.users.removeAll { $0 == user }
      state.heatPumps.removeAll { $0.user == user }
    }
  }

  /// What the detail call shows as `actions`.
  func setActions(_ actions: [JSONValue]) { state.withLock { $0.actions = actions } }

  func setBehaviour(_ behaviour: UpdateBehaviour) { state.withLock { $0.behaviour = behaviour } }

  /// Meets every request with one step until it is ended with `nil`.
  func setOutage(_ step: FakeTransport.Step?) { state.withLock { $0.outage = step } }

  /// What the detail call would answer now; for a request that was held.
  func detail(_ id: ResourceID) -> FakeTransport.Step {
    state.withLock { state in
      state.find(id).map { state.detail($0) } ?? Self.notFound
    }
  }

  /// What the list call would answer now; for a request that was held.
  func list(_ user: ResourceID) -> FakeTransport.Step {
    state.withLock { $0.list(user) }
  }

  /// Carries out the update that is held, and answers it.
  func carryOut(_ request: TransportRequest) -> FakeTransport.Step {
    Self.answer(request, state)
  }

  // MARK: Answering

  static let notFound = FakeTransport.Step.json(["detail": "Not Found"], status: 404)

  private static func path(_ request: TransportRequest) -> String {
    let parts = request.url.split(
      separator: "/users", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 ? "/users" + parts[1] : request.url
  }

  private static func answer(
    _ request: TransportRequest, _ state: Locked<State>
  ) -> FakeTransport.Step {
    let path = path(request).split(separator: "?", omittingEmptySubsequences: false)
    let parts = path[0].split(separator: "/")
    return state.withLock { state in
      if let outage = state.outage { return outage }
      if parts.count == 1 {
        return .json(.array(state.users.map { ["id": .string($0.description)] }))
      }
      guard let user = ResourceID(String(parts[1])), state.users.contains(user) else {
        return notFound
      }
      if parts.count == 3 {
        return state.list(user)
      }
      guard let id = ResourceID(String(parts[3])), let found = state.find(id), found.user == user
      else { return notFound }
      if parts.count == 5 {
        return .json(["data": [], "metadata": ["kind": .string(String(parts[4]))]])
      }
      if request.method == .put { return state.carryOut(id, request.body ?? []) }
      return state.detail(found)
    }
  }

  // A heat pump with one setting of each kind, and the two whose schema defaults do harm.
  private static let fields: JSONObject = {
    let value: JSONValue = [
      "created_at": "2024-03-02T09:15:27Z", "updated_at": "2026-11-24T09:50:00Z",
      "current_state_last_updated_at": "2026-11-24T09:55:00Z", "action_needed": false,
      "is_space_heating_enabled": true, "price_zone": "AT_HOURLY", "is_away_mode_enabled": false,
      "is_pause_power_active": false, "pause_power_until": nil, "comment": nil,
      "is_smart_optimization_active": true, "optimization_level": "Mid",
      "minimum_temperature_limit": "19.5", "maximum_temperature_limit": "23.50",
      "indoor_actual_temperature": "21.4",
    ]
    return value.object ?? JSONObject()
  }()
}

extension HeatPumpUpstream.State {
  func find(_ id: ResourceID) -> (user: ResourceID, fields: JSONObject)? {
    heatPumps.first { $0.fields["id"] == .string(id.description) }
  }

  mutating func update(_ id: ResourceID, _ change: (inout JSONObject) -> Void) {
    for index in heatPumps.indices
    where heatPumps[index].fields["id"] == .string(id.description) {
      change(&heatPumps[index].fields)
    }
  }

  func list(_ user: ResourceID) -> FakeTransport.Step {
    .json(.array(heatPumps.filter { $0.user == user }.map { JSONValue.object($0.fields) }))
  }

  func detail(_ heatPump: (user: ResourceID, fields: JSONObject)) -> FakeTransport.Step {
    var fields = heatPump.fields
    fields["actions"] = .array(actions)
    return .json(.object(fields))
  }

  mutating func carryOut(_ id: ResourceID, _ body: [UInt8]) -> FakeTransport.Step {
    guard let named = try? JSONValue(parsing: body).object else { return .status(400) }
    let behaviour = behaviour
    update(id) { fields in
      switch behaviour {
      case .patch: break
      case .fillsDefaults:
        for (name, value) in Self.defaults where named[name] == nil { fields[name] = value }
      case .ignores: break
      }
      for (name, value) in named.members {
        if case .ignores(let ignored) = behaviour, ignored.contains(name) { continue }
        fields[name] = value
      }
    }
    return .json(.object(find(id)?.fields ?? JSONObject()))
  }

  private static let defaults: [String: JSONValue] = [
    "is_space_heating_enabled": false, "price_zone": "AT", "is_away_mode_enabled": true,
  ]
}
