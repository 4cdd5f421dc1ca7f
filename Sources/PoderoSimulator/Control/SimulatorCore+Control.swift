import GatewayCore

/// What can be asked of a running simulator, in process or over HTTP.
extension SimulatorCore {
  var statistics: JSONValue {
    withState { state, moment in
      var object = state.counters.json
      object["tokens_issued"] = .count(state.tokens.issued)
      object["tokens_valid"] = .count(state.tokens.validCount(at: moment.monotonic))
      object["faults_fired"] = .count(state.faults.fired)
      object["simulated_time"] = .time(state.clock.time(at: moment.monotonic))
      return .object(object)
    }
  }

  func updates(of heatPump: ResourceID?, after sequence: Int) -> [ReceivedUpdate] {
    withState { state, _ in state.journal.updates(of: heatPump, after: sequence) }
  }

  func calls(after sequence: Int) -> [SeenCall] {
    withState { state, _ in state.calls.calls(after: sequence) }
  }

  var estateJSON: JSONValue {
    let estate = withState { state, _ in state.estate }
    let users = (1...estate.userCount).map { user -> JSONValue in
      let heatPumps = estate.heatPumps(ofUser: user).map {
        JSONValue.id(Estate.id(.heatPump, $0))
      }
      return ["id": .id(Estate.id(.user, user)), "heat_pumps": .array(heatPumps)]
    }
    return ["organisation": .id(estate.organisation), "users": .array(users)]
  }

  var settingsJSON: JSONValue { withState { state, _ in state.settings.json } }

  func change(_ change: SettingsChange) {
    withState { state, moment in
      change.apply(to: &state.settings)
      if let factor = change.timeFactor {
        state.clock.setFactor(factor, at: moment.monotonic)
      }
    }
  }

  func changeSettings(_ body: (inout SimulatorSettings) -> Void) {
    withState { state, _ in body(&state.settings) }
  }

  func add(_ fault: SimulatorFault) -> Int { withState { state, _ in state.faults.add(fault) } }

  func removeFault(_ id: Int) -> Bool { withState { state, _ in state.faults.remove(id) } }

  var faultsJSON: JSONValue { withState { state, _ in state.faults.json } }

  func revokeTokens() {
    withState { state, _ in state.tokens.revokeAll() }
  }

  /// - Returns: the simulated time afterwards.
  func advance(by duration: Duration) -> Timestamp {
    withState { state, moment in
      state.clock.advance(by: duration)
      return state.clock.time(at: moment.monotonic)
    }
  }

  /// The true state; `nil` if there is no such heat pump.
  func heatPump(_ id: ResourceID) -> JSONValue? {
    withState { state, moment in
      guard let number = state.estate.heatPumpNumber(id) else { return nil }
      let now = state.clock.time(at: moment.monotonic)
      return state.withHeatPump(number, at: now) { $0.innerState(at: now) }
    }
  }

  /// Changes a heat pump as the manufacturer's app would.
  ///
  /// - Throws: ``ControlFault`` for an unknown heat pump or field; nothing has changed then.
  func changeFromOutside(
    _ id: ResourceID, _ fields: JSONObject, atNextRefresh: Bool
  ) throws(ControlFault) -> JSONValue {
    let changes = fields.members.map { OutsideChange(name: $0.key, value: $0.value) }
    if let unknown = changes.first(where: { !$0.isKnown }) {
      throw ControlFault(message: "there is no field \(unknown.name)")
    }
    let json = withState { state, moment -> JSONValue? in
      guard let number = state.estate.heatPumpNumber(id) else { return nil }
      let now = state.clock.time(at: moment.monotonic)
      return state.withHeatPump(number, at: now) { record in
        if atNextRefresh {
          record.unseenChanges.append(contentsOf: changes)
        } else {
          for change in changes { record.apply(change, at: now) }
        }
        return record.innerState(at: now)
      }
    }
    guard let json else { throw ControlFault(message: "there is no such heat pump") }
    return json
  }
}

extension HeatPumpRecord {
  /// What answers show, and what is true behind it at a simulated time.
  fileprivate mutating func innerState(at now: Timestamp) -> JSONValue {
    var text: [UInt8] = []
    let extra = "\"is_forecasting_enabled\":\(isForecastingEnabled),\"actions\":"
    appendAnswer(to: &text, .numbers, extra: extra + JSONValue.array(actions).text)
    let physics = physics(at: now)
    return [
      "heat_pump": (try? JSONValue(parsing: text)) ?? .null,
      "simulated_time": .time(now), "last_refresh_at": .time(lastRefresh),
      "next_refresh_at": .time(nextRefresh),
      "physical": [
        "indoor_temperature": .tenths(physics.indoor),
        "target_temperature": .tenths(physics.target),
        "outdoor_temperature": .tenths(physics.outdoor),
        "hot_water_temperature": .tenths(physics.hotWater),
        "power_w": .count(Int(physics.power.rounded())),
        "activity": .string(physics.activity.rawValue),
        "energy_today_kwh": .tenths(physics.energyToday),
      ],
    ]
  }
}
