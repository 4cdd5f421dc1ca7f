import GatewayCore

extension FieldTable {
  static let priceZones = [
    "AT", "AT_HOURLY", "BE", "CH", "EE", "DE_LU", "HU", "IT_CNOR", "IT_CSUD", "IT_NORD", "IT_PUN",
    "IT_SARD", "IT_SICI", "IT_SUD", "PT", "RO", "SE_1", "SE_2", "SE_3", "SE_4", "UK",
  ]

  static let settingRows: [FieldRow] =
    optimizationRows + roomRows + hotWaterRows + policyRows + otherSettingRows

  private static let optimizationRows: [FieldRow] = [
    .setting(
      "/optimization/enabled", "is_smart_optimization_active", .boolean, nullable: false,
      default: false, "Whether the heat pump is optimized."),
    .setting(
      "/optimization/level", "optimization_level", .level, default: "mid",
      "How strongly the heat pump is optimized."),
    .setting(
      "/optimization/score", "optimization_score", .decimal, access: .admin, event: .state,
      "How well the heat pump can be optimized, as the upstream rates it."),
    .reading(
      "/optimization/current_mode", "current_mode", kind: .text(maximumLength: nil), event: .state,
      "The mode that the optimization has chosen at present, such as min, low, mid or max."),
    .setting(
      "/pause/until", "pause_power_until", .time,
      "When the pause ends; must lie in the future when written."),
    .setting(
      "/pause/active", "is_pause_power_active", .boolean, nullable: false, default: false,
      "Whether the heat pump is paused."),
    .setting(
      "/away/enabled", "is_away_mode_enabled", .boolean, default: true,
      "Whether the away mode is on."),
    .setting("/away/start", "away_mode_start", .time, "When the absence begins."),
    .setting("/away/end", "away_mode_end", .time, "When the absence ends; after its start."),
    .setting(
      "/away/minimum_temperature", "away_mode_minimum_temperature_limit", .decimal,
      "The lowest room temperature during an absence, in °C."),
    .reading(
      "/away/updated_at", "away_mode_last_updated_at", kind: .time,
      "When the away mode was last changed."),
  ]

  private static let roomRows: [FieldRow] = [
    .setting(
      "/space_heating/enabled", "is_space_heating_enabled", .boolean, default: false,
      "Whether rooms are heated."),
    .setting(
      "/space_heating/minimum_temperature", "minimum_temperature_limit", .decimal,
      "The lowest room temperature, in °C; not above the maximum."),
    .setting(
      "/space_heating/maximum_temperature", "maximum_temperature_limit", .decimal,
      "The highest room temperature, in °C; not below the minimum."),
    .setting(
      "/space_heating/target_offset", "indoor_target_temperature_offset", .decimal,
      "What is added to the target room temperature, in °C."),
    .setting(
      "/space_cooling/enabled", "is_space_cooling_enabled", .boolean, default: false,
      "Whether rooms are cooled."),
    .setting(
      "/pool_heating/enabled", "is_pool_heating_enabled", .boolean, default: false,
      "Whether the pool is heated."),
  ]

  private static let hotWaterRows: [FieldRow] = [
    .setting(
      "/hot_water/enabled", "is_hot_water_heating_enabled", .boolean, default: false,
      "Whether hot water is made."),
    .setting(
      "/hot_water/standard_temperature", "dhw_standard_temperature", .decimal,
      "The usual hot-water temperature, in °C; not below the minimum."),
    .setting(
      "/hot_water/minimum_temperature", "minimum_dhw_temperature_limit", .decimal,
      "The lowest hot-water temperature, in °C; not above the usual one."),
  ]

  private static let policyRows: [FieldRow] = [
    .setting(
      "/heating_policy/enabled", "is_heating_policy_enabled", .boolean, default: false,
      "Whether the heating policy is followed."),
    .setting(
      "/heating_policy/name", "heating_policy_name", .text(maximumLength: 100),
      "The name of the heating policy, at most 100 characters."),
    .reading(
      "/heating_policy/updated_at", "heating_policy_last_updated_at", kind: .time,
      "When the heating policy was last changed."),
    .setting(
      "/inverter/forced_mode_enabled", "is_inverter_forced_mode_enabled", .boolean,
      nullable: false, default: false, "Whether surplus solar power may force the heat pump on."),
    .reading(
      "/inverter/forced_mode_active", "is_inverter_forced_mode_active", kind: .boolean,
      nullable: false, event: .state, "Whether solar power forces the heat pump on at present."),
    .reading(
      "/inverter/forced_mode_since", "inverter_forced_mode_since", kind: .time, event: .state,
      "Since when solar power has forced the heat pump on."),
    .reading(
      "/inverter/minimum_solar_power_w", "min_solar_power_w", kind: .integer, nullable: false,
      event: .state, "From which solar power on the heat pump is forced on, in W."),
  ]

  private static let otherSettingRows: [FieldRow] = [
    .setting(
      "/market/price_zone", "price_zone", .enumeration(priceZones), nullable: false,
      default: "AT", "The electricity market's price zone."),
    .setting(
      "/market/trading_enabled", "is_trading_enabled", .boolean, nullable: false, default: false,
      "Whether the heat pump takes part in trading."),
    .reading(
      "/market/forecasting_enabled", "is_forecasting_enabled", kind: .boolean, event: .state,
      "Whether the consumption is forecast; absent where the upstream leaves it out."),
    .setting(
      "/comment", "comment", .text(maximumLength: 300), personal: true,
      "A remark for people, at most 300 characters; shown only with `personal-data:read`."),
    FieldRow(
      pointer: "/building_id", update: ["building_id"], answer: ["building"], kind: .uuid,
      access: .admin, eventClass: .settings,
      summary: "The building that the heat pump belongs to."),
  ]
}
