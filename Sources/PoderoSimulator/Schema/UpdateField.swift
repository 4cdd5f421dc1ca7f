import GatewayCore

/// A field of the update call's body: one row of the table that validation and application read.
struct UpdateField: Sendable {
  /// What else a change of it touches.
  enum Group: Sendable {
    case plain
    case away
    case heatingPolicy
  }

  /// The name in the body.
  let name: String
  /// Where it is read afterwards; `building_id` is written, `building` is read.
  let answer: AnswerField
  /// What values it takes.
  let type: FieldType
  /// What it becomes in the put mode `defaults` when it is absent; `nil` leaves it alone.
  let fallback: JSONValue?
  /// What else a change of it touches.
  let group: Group

  init(
    _ name: String, _ answer: AnswerField, _ type: FieldType, fallback: JSONValue? = .null,
    group: Group = .plain
  ) {
    self.name = name
    self.answer = answer
    self.type = type
    self.fallback = fallback
    self.group = group
  }

  /// The 31 fields of the vendor's reference page, with its limits and defaults.
  static let all: [UpdateField] = [
    UpdateField(
      "is_pause_power_active", .isPausePowerActive, .boolean(nullable: false), fallback: false),
    UpdateField(
      "is_smart_optimization_active", .isSmartOptimizationActive, .boolean(nullable: false),
      fallback: false),
    // The reference gives it no default and no null.
    UpdateField("device_model", .deviceModel, .object(DeviceModel.inputFields), fallback: nil),
    UpdateField("price_zone", .priceZone, .choice(priceZones), fallback: "AT"),
    UpdateField("deleted_at", .deletedAt, .timestamp),
    UpdateField(
      "lifecycle_state", .lifecycleState, .text(maximumLength: 20, nullable: false),
      fallback: "authenticated"),
    UpdateField("lifecycle_error", .lifecycleError, .text(maximumLength: nil, nullable: true)),
    UpdateField("building_id", .building, .identifier),
    UpdateField("pause_power_until", .pausePowerUntil, .timestamp),
    UpdateField("optimization_score", .optimizationScore, .number),
    UpdateField("comment", .comment, .text(maximumLength: 300, nullable: true)),
    UpdateField("last_monitoring_executed_at", .lastMonitoringExecutedAt, .timestamp),
    UpdateField(
      "is_inverter_forced_mode_enabled", .isInverterForcedModeEnabled, .boolean(nullable: false),
      fallback: false),
    UpdateField(
      "is_trading_enabled", .isTradingEnabled, .boolean(nullable: false), fallback: false),
    UpdateField(
      "actual_steering_state", .actualSteeringState, .text(maximumLength: 20, nullable: false),
      fallback: "unknown"),
    UpdateField("indoor_target_temperature_offset", .indoorTargetTemperatureOffset, .decimal),
    UpdateField("dhw_standard_temperature", .dhwStandardTemperature, .decimal),
    UpdateField(
      "is_hot_water_heating_enabled", .isHotWaterHeatingEnabled, .boolean(nullable: true),
      fallback: false),
    UpdateField(
      "is_space_heating_enabled", .isSpaceHeatingEnabled, .boolean(nullable: true),
      fallback: false),
    UpdateField(
      "is_pool_heating_enabled", .isPoolHeatingEnabled, .boolean(nullable: true), fallback: false),
    UpdateField(
      "is_space_cooling_enabled", .isSpaceCoolingEnabled, .boolean(nullable: true),
      fallback: false),
    UpdateField(
      "heating_policy_name", .heatingPolicyName, .text(maximumLength: 100, nullable: true),
      group: .heatingPolicy),
    UpdateField("maximum_temperature_limit", .maximumTemperatureLimit, .decimal),
    UpdateField("minimum_temperature_limit", .minimumTemperatureLimit, .decimal),
    UpdateField("minimum_dhw_temperature_limit", .minimumDhwTemperatureLimit, .decimal),
    UpdateField(
      "is_heating_policy_enabled", .isHeatingPolicyEnabled, .boolean(nullable: true),
      fallback: false, group: .heatingPolicy),
    UpdateField("away_mode_start", .awayModeStart, .timestamp, group: .away),
    UpdateField("away_mode_end", .awayModeEnd, .timestamp, group: .away),
    UpdateField(
      "is_away_mode_enabled", .isAwayModeEnabled, .boolean(nullable: true), fallback: true,
      group: .away),
    UpdateField(
      "away_mode_minimum_temperature_limit", .awayModeMinimumTemperatureLimit, .decimal,
      group: .away),
    UpdateField(
      "optimization_level", .optimizationLevel, .text(maximumLength: 10, nullable: true),
      fallback: "Mid"),
  ]

  /// The electricity price zones of the reference page.
  static let priceZones = [
    "AT", "AT_HOURLY", "BE", "CH", "EE", "DE_LU", "HU", "IT_CNOR", "IT_CSUD", "IT_NORD", "IT_PUN",
    "IT_SARD", "IT_SICI", "IT_SUD", "PT", "RO", "SE_1", "SE_2", "SE_3", "SE_4", "UK",
  ]
}
