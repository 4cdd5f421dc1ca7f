import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: what changed for a listener is told, once, and nothing else is.
/// Method: two or a few answers that differ in one respect each, and what is told of them.
@Suite struct ChangesDetectionTests {
  @Test func `the first answer tells nothing, and neither does the same again`() throws {
    var told = Told()
    #expect(try told.next() == [])
    #expect(try told.next() == [])
    let before = told.detector
    #expect(try told.next() == [])
    #expect(told.detector == before)
  }

  @Test(arguments: FieldTable.fields.filter { !$0.answerPath.isEmpty && $0.kind != .actions })
  func `each field's change is told in the event of its class`(field: Field) throws {
    var told = Told()
    let old = try told.document.value(field)
    _ = try told.next()
    let findings = try told.next(field.answerPath, anotherValue(field))
    let new = try told.document.value(field)
    #expect(new != old || field.pointer == "/user_id" || field.pointer == "/id")
    let kind: HeatPumpEventType? =
      switch field.eventClass {
      case .settings: .settingsChanged
      case .state: .stateChanged
      case .status: field.pointer == "/status/action_needed" ? .actionResolved : .statusChanged
      case .none: nil
      }
    guard let kind else { return #expect(findings == []) }
    let change = FieldChange(
      pointer: field.pointer, from: try #require(old), to: try #require(new))
    #expect(findings == [DetectedChange(kind: kind, cause: .outside, changes: [change])])
  }

  @Test(arguments: [
    ("indoor_actual_temperature", "\"21.40\""), ("indoor_actual_temperature", "2.14e1"),
    ("maximum_temperature_limit", "23.5"), ("minimum_dhw_temperature_limit", "\"42.0\""),
    ("pause_power_until", "\"2026-11-24T19:30:00.000+01:00\""),
    ("inverter_forced_mode_since", "null"), ("away_mode_start", "\"0001-01-01T00:00:00Z\""),
    ("building", "\"D3B07384-D113-4EC6-A7D4-5F0F8E1C2B3A\""), ("optimization_level", "\"MID\""),
    ("fleet_tags", "[1]"), ("never_seen_before", "true"), ("price_zone", "17"),
    ("is_trading_enabled", "\"no\""), ("owner", "null"), ("embeddable_url", "\"x\""),
    ("authorization_url", "null"), ("current_state_last_updated_at", "null"),
    ("updated_at", "\"2027-01-01T00:00:00Z\""), ("last_monitoring_executed_at", "null"),
  ])
  func `another spelling, a wrong type and what no event tells of are no change`(
    name: String, value: String
  ) throws {
    var told = Told()
    _ = try told.next()
    #expect(try told.next([name], JSONValue(parsing: Array(value.utf8))) == [])
  }

  @Test func `a field that is left out keeps its value, one that is new tells nothing`() throws {
    var told = Told()
    _ = try told.next(["is_forecasting_enabled"], nil)
    #expect(try told.next(["is_forecasting_enabled"], true) == [])
    #expect(try told.next(["is_forecasting_enabled"], nil) == [])
    let findings = try told.next(["is_forecasting_enabled"], false)
    #expect(
      findings.flatMap(\.changes) == [
        FieldChange(pointer: "/market/forecasting_enabled", from: true, to: false)
      ])
    #expect(try told.next(["device_model"], [:]) == [])
  }

  @Test func `a dead-band hides less than itself, counted from what was told`() throws {
    var told = Told()
    _ = try told.next(["indoor_actual_temperature"], "21.0")
    for step in ["21.1", "21.2", "21.299", "20.701"] {
      #expect(try told.next(["indoor_actual_temperature"], .string(step)) == [])
    }
    let drifted = try told.next(["indoor_actual_temperature"], "21.300")
    #expect(
      drifted.flatMap(\.changes) == [
        FieldChange(
          pointer: "/readings/indoor_temperature", from: decimal("21.0"), to: decimal("21.300"))
      ])
    #expect(try told.next(["indoor_actual_temperature"], "21.1") == [])
    #expect(try told.next(["indoor_actual_temperature"], nil) == [])
    #expect(try told.next(["indoor_actual_temperature"], .null).count == 1)
    #expect(try told.next(["indoor_actual_temperature"], "21.1").count == 1)
    #expect(try told.next(["current_power_consumption_w"], 1434) == [])
    #expect(try told.next(["current_power_consumption_w"], 1435).count == 1)
    #expect(try told.next(["maximum_temperature_limit"], "23.51").count == 1)
  }

  @Test func `distances are exact where binary fractions are not`() throws {
    let settings = try ChangeSettings(deadBands: ["/readings/outdoor_temperature": dec("0.1")])
    for (from, to, isTold) in [
      ("0.3", "0.2", true), ("1.1", "1.0", true), ("-0.05", "0.05", true),
      ("-0.05", "0.04999", false), ("1e2", "100.1", true), ("1e30", "1e30", false),
      ("0.30000000000000000001", "0.2", true), ("0.29999999999999999999", "0.2", false),
      ("1e90", "1e-90", true), ("99999999999999999999999999999999999999999", "0", true),
    ] {
      var told = Told(settings: settings)
      _ = try told.next(["outdoor_temperature"], decimal(from))
      let findings = try told.next(["outdoor_temperature"], decimal(to))
      #expect(!findings.isEmpty == isTold, "\(from) \(to)")
    }
  }

  @Test func `dead-bands are for numbers that events tell of`() throws {
    #expect(throws: ChangeSettingsFault.noWatchedNumber(pointer: "/comment")) {
      try ChangeSettings(deadBands: ["/comment": 1])
    }
    #expect(throws: ChangeSettingsFault.noWatchedNumber(pointer: "/nothing")) {
      try ChangeSettings(deadBands: ["/nothing": 1])
    }
    #expect(throws: ChangeSettingsFault.self) {
      try ChangeSettings(deadBands: ["/readings/power_w": -1])
    }
    #expect(throws: ChangeSettingsFault.self) { try ChangeSettings(changesPerHour: 0) }
    #expect(throws: ChangeSettingsFault.self) { try ChangeSettings(stableFor: .seconds(-1)) }
    let none = try ChangeSettings(deadBands: ["/readings/power_w": 0])
    #expect(none.deadBands["/readings/power_w"] == nil)
    #expect(none.deadBands.count == ChangeSettings.standard.deadBands.count - 1)
    #expect(try ChangeSettings() == .standard)
    for pointer in ChangeSettings.standardDeadBands.keys {
      #expect(try field(pointer).eventClass == .state)
    }
  }

  @Test func `one answer tells at most one finding per kind and cause`() throws {
    var told = Told()
    _ = try told.next()
    told.set(["is_space_heating_enabled"], false)
    told.set(["is_trading_enabled"], false)
    told.set(["dhw_standard_temperature"], 50)
    told.set(["is_pause_power_active"], false)
    told.set(["steering_status"], "error")
    told.set(["needs_gateway"], true)
    told.set(["operational_mode"], "OFF")
    let findings = try told.next(writes: [
      written("/space_heating/enabled", false, .app), written("/pause/active", false, .app),
      written("/hot_water/standard_temperature", decimal("50.0"), .hook),
    ])
    #expect(
      findings.map { "\($0.kind.rawValue) \($0.cause) \($0.changes.map(\.pointer))" } == [
        "heat_pump.settings_changed app [\"/pause/active\", \"/space_heating/enabled\"]",
        "heat_pump.settings_changed hook [\"/hot_water/standard_temperature\"]",
        "heat_pump.settings_changed outside [\"/market/trading_enabled\"]",
        "heat_pump.state_changed outside [\"/readings/operational_mode\"]",
        "heat_pump.status_changed outside [\"/status/steering\", \"/status/needs_gateway\"]",
      ])
  }
}

func decimal(_ text: String) -> JSONValue { ExactDecimal(text).map { .number($0) } ?? .null }

func dec(_ text: String) throws -> ExactDecimal { try #require(ExactDecimal(text)) }

func written(
  _ pointer: String, _ requested: JSONValue, _ cause: ChangeCause, pending: Bool = true
) -> WrittenValue {
  WrittenValue(pointer: pointer, requested: requested, cause: cause, isPending: pending)
}

/// A value that differs from the golden answer's, in the field's own kind, by more than any
/// dead-band.
private func anotherValue(_ field: Field) throws -> JSONValue {
  let present = try Fixtures.answer().value(field)
  switch field.kind {
  case .boolean: return .bool(present != .bool(true))
  case .integer, .decimal: return 4711
  case .time: return "2026-12-24T18:00:00Z"
  case .uuid: return .string(Fixtures.id)
  case .level: return "Max"
  case .text, .enumeration, .actions, .pending: return "another"
  }
}
