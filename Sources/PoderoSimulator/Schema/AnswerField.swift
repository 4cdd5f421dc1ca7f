/// The fields of a heat pump in an answer, in the order of the vendor's reference page: 65 of them.
///
/// A number rather than a name, so that a record is a plain array.
enum AnswerField: Int, CaseIterable, Sendable {
  case connectionStatus
  case monitoringStatus
  case steeringStatus
  case deviceModel
  case owner
  case createdAt
  case updatedAt
  case priceZone
  case id
  case deletedAt
  case lifecycleState
  case lifecycleError
  case building
  case pausePowerUntil
  case isPausePowerActive
  case externalDeviceId
  case isAuthenticated
  case isSmartOptimizationActive
  case optimizationScore
  case currentMode
  case comment
  case currentStateLastUpdatedAt
  case lastMonitoringExecutedAt
  case isInverterForcedModeEnabled
  case isInverterForcedModeActive
  case inverterForcedModeSince
  case isTradingEnabled
  case actualSteeringState
  case indoorTargetTemperatureOffset
  case dhwStandardTemperature
  case isHotWaterHeatingEnabled
  case isSpaceHeatingEnabled
  case isPoolHeatingEnabled
  case isSpaceCoolingEnabled
  case heatingPolicyName
  case maximumTemperatureLimit
  case minimumTemperatureLimit
  case minimumDhwTemperatureLimit
  case isHeatingPolicyEnabled
  case heatingPolicyLastUpdatedAt
  case awayModeStart
  case awayModeEnd
  case isAwayModeEnabled
  case awayModeMinimumTemperatureLimit
  case awayModeLastUpdatedAt
  case minSolarPowerW
  case operationalMode
  case currentPowerConsumptionW
  case inletTemperature
  case outletTemperature
  case dhwTemperature
  case outdoorTemperature
  case indoorActualTemperature
  case indoorTargetTemperature
  case consumptionLastDayKwh
  case consumptionLastWeekKwh
  case consumptionLastMonthKwh
  case consumptionLastUpdatedAt
  case optimizationLevel
  case needsGateway
  case temperatureDeltaOverrideForSlightChange
  case temperatureDeltaOverrideForSignificantChange
  case embeddableUrl
  case authorizationUrl
  case actionNeeded

  /// The name on the wire.
  var name: String { Self.names[rawValue] }

  /// Whether it is shown without a type in the reference: a decimal that comes as a number or as a
  /// numeric string.
  var isDecimal: Bool { Self.decimals.contains(self) }

  /// The field of that name.
  init?(name: String) {
    guard let field = Self.byName[name] else { return nil }
    self = field
  }

  static let names = [
    "connection_status",
    "monitoring_status",
    "steering_status",
    "device_model",
    "owner",
    "created_at",
    "updated_at",
    "price_zone",
    "id",
    "deleted_at",
    "lifecycle_state",
    "lifecycle_error",
    "building",
    "pause_power_until",
    "is_pause_power_active",
    "external_device_id",
    "is_authenticated",
    "is_smart_optimization_active",
    "optimization_score",
    "current_mode",
    "comment",
    "current_state_last_updated_at",
    "last_monitoring_executed_at",
    "is_inverter_forced_mode_enabled",
    "is_inverter_forced_mode_active",
    "inverter_forced_mode_since",
    "is_trading_enabled",
    "actual_steering_state",
    "indoor_target_temperature_offset",
    "dhw_standard_temperature",
    "is_hot_water_heating_enabled",
    "is_space_heating_enabled",
    "is_pool_heating_enabled",
    "is_space_cooling_enabled",
    "heating_policy_name",
    "maximum_temperature_limit",
    "minimum_temperature_limit",
    "minimum_dhw_temperature_limit",
    "is_heating_policy_enabled",
    "heating_policy_last_updated_at",
    "away_mode_start",
    "away_mode_end",
    "is_away_mode_enabled",
    "away_mode_minimum_temperature_limit",
    "away_mode_last_updated_at",
    "min_solar_power_w",
    "operational_mode",
    "current_power_consumption_w",
    "inlet_temperature",
    "outlet_temperature",
    "dhw_temperature",
    "outdoor_temperature",
    "indoor_actual_temperature",
    "indoor_target_temperature",
    "consumption_last_day_kwh",
    "consumption_last_week_kwh",
    "consumption_last_month_kwh",
    "consumption_last_updated_at",
    "optimization_level",
    "needs_gateway",
    "temperature_delta_override_for_slight_change",
    "temperature_delta_override_for_significant_change",
    "embeddable_url",
    "authorization_url",
    "action_needed",
  ]

  private static let byName = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0.name, $0) })

  static let decimals: Set<AnswerField> = [
    .indoorTargetTemperatureOffset, .dhwStandardTemperature, .maximumTemperatureLimit,
    .minimumTemperatureLimit, .minimumDhwTemperatureLimit, .awayModeMinimumTemperatureLimit,
    .inletTemperature, .outletTemperature, .dhwTemperature, .outdoorTemperature,
    .indoorActualTemperature, .indoorTargetTemperature, .consumptionLastDayKwh,
    .consumptionLastWeekKwh, .consumptionLastMonthKwh,
  ]
}
