import GatewayCore

extension HeatPumpRecord {
  /// Stores an update's fields at once; readings follow with the next refresh.
  mutating func apply(_ writes: [(field: UpdateField, value: JSONValue)], at now: Timestamp) {
    var touched: Set<UpdateField.Group> = []
    for (field, value) in writes {
      let stored =
        field.answer == .deviceModel
        ? DeviceModel.answer(for: value, replacing: self[.deviceModel]) : value
      if self[field.answer] != stored { touched.insert(field.group) }
      self[field.answer] = stored
    }
    if touched.contains(.away) { self[.awayModeLastUpdatedAt] = .time(now) }
    if touched.contains(.heatingPolicy) { self[.heatingPolicyLastUpdatedAt] = .time(now) }
    self[.updatedAt] = .time(now)
  }

  /// Carries out a change from outside. Readings change the true state too, or the next refresh
  /// would forget them.
  mutating func apply(_ change: OutsideChange, at now: Timestamp) {
    if change.name == OutsideChange.forecasting {
      isForecastingEnabled = change.value.bool ?? isForecastingEnabled
    } else if change.name == OutsideChange.actions {
      actions = change.value.array ?? []
      self[.actionNeeded] = .bool(!actions.isEmpty)
    } else if let field = AnswerField(name: change.name) {
      applyOutside(field, change.value, at: now)
    }
    self[.updatedAt] = .time(now)
  }

  private mutating func applyOutside(
    _ field: AnswerField, _ value: JSONValue, at now: Timestamp
  ) {
    var value = value
    if field.isDecimal, let text = value.string, let decimal = ExactDecimal(text) {
      value = .number(decimal)
    }
    let group = UpdateField.all.first { $0.answer == field }?.group
    if group == .away { self[.awayModeLastUpdatedAt] = .time(now) }
    if group == .heatingPolicy { self[.heatingPolicyLastUpdatedAt] = .time(now) }
    self[field] = value
    guard let figure = value.number?.approximate else { return }
    switch field {
    case .indoorActualTemperature: physics.indoor = figure
    case .dhwTemperature: physics.hotWater = figure
    default: break
    }
  }
}

extension OutsideChange {
  static let forecasting = "is_forecasting_enabled"
  static let actions = "actions"

  /// Whether there is something of that name to change.
  var isKnown: Bool {
    name == Self.forecasting || name == Self.actions || AnswerField(name: name) != nil
  }
}
