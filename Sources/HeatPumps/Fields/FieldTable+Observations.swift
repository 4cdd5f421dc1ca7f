import GatewayCore

extension FieldTable {
  private static let health = FieldKind.enumeration(["ok", "warning", "error", "unknown"])

  // What the upstream's own monitoring moves is writable, but no setting of the house: its changes
  // must not pass for changed settings.
  static let statusRows: [FieldRow] = [
    .setting(
      "/status/steering_state", "actual_steering_state", .text(maximumLength: 20),
      nullable: false, access: .admin, event: .status, default: "unknown",
      "What the device is steered to at present, at most 20 characters."),
    .setting(
      "/status/last_monitored_at", "last_monitoring_executed_at", .time, access: .admin,
      event: .none, "When the upstream last monitored the device."),
    .reading(
      "/status/connection", "connection_status", kind: health, nullable: false, event: .status,
      "Whether the device is reached."),
    .reading(
      "/status/monitoring", "monitoring_status", kind: health, nullable: false, event: .status,
      "Whether the device is monitored."),
    .reading(
      "/status/steering", "steering_status", kind: health, nullable: false, event: .status,
      "Whether the device follows its steering."),
    .reading(
      "/status/authenticated", "is_authenticated", kind: .boolean, event: .status,
      "Whether the upstream may use the manufacturer's cloud for the user."),
    .reading(
      "/status/action_needed", "action_needed", kind: .boolean, nullable: false, event: .status,
      "Whether somebody must act before the device works normally again."),
    .reading(
      "/status/needs_gateway", "needs_gateway", kind: .boolean, event: .status,
      "Whether the device needs a gateway in the house."),
    .reading(
      "/status/actions", "actions", kind: .actions, event: .status,
      "What must be done, each with a `code`; `resolution_link` only with `personal-data:read`."),
  ]

  static let observationRows: [FieldRow] = readingRows + consumptionRows

  private static let readingRows: [FieldRow] = [
    .reading(
      "/readings/power_w", "current_power_consumption_w", kind: .integer, event: .state,
      "The electrical power drawn, in W."),
    .reading(
      "/readings/operational_mode", "operational_mode", kind: .text(maximumLength: 100),
      event: .state, "What the device says it is doing."),
    .reading(
      "/readings/indoor_temperature", "indoor_actual_temperature", event: .state,
      "The room temperature, in °C."),
    .reading(
      "/readings/indoor_target_temperature", "indoor_target_temperature", event: .state,
      "The target room temperature, in °C."),
    .reading(
      "/readings/outdoor_temperature", "outdoor_temperature", event: .state,
      "The outdoor temperature, in °C."),
    .reading(
      "/readings/inlet_temperature", "inlet_temperature", event: .state,
      "The temperature of the water that comes back, in °C."),
    .reading(
      "/readings/outlet_temperature", "outlet_temperature", event: .state,
      "The temperature of the water that goes out, in °C."),
    .reading(
      "/readings/hot_water_temperature", "dhw_temperature", event: .state,
      "The hot-water temperature, in °C."),
    .reading(
      "/readings/updated_at", "current_state_last_updated_at", kind: .time,
      "When the device was last observed."),
  ]

  private static let consumptionRows: [FieldRow] = [
    .reading(
      "/consumption/last_day_kwh", "consumption_last_day_kwh", event: .state,
      "The energy used in the last day, in kWh."),
    .reading(
      "/consumption/last_week_kwh", "consumption_last_week_kwh", event: .state,
      "The energy used in the last week, in kWh."),
    .reading(
      "/consumption/last_month_kwh", "consumption_last_month_kwh", event: .state,
      "The energy used in the last month, in kWh."),
    .reading(
      "/consumption/updated_at", "consumption_last_updated_at", kind: .time,
      "When the consumption was last computed."),
    .reading(
      "/steering/slight_change_delta", "temperature_delta_override_for_slight_change",
      kind: .integer, event: .state, "By how much a slight steering step changes, in °C."),
    .reading(
      "/steering/significant_change_delta", "temperature_delta_override_for_significant_change",
      kind: .integer, event: .state, "By how much a large steering step changes, in °C."),
  ]

  static let personalRows: [FieldRow] = [
    .reading("/owner/id", "owner", "id", kind: .uuid, personal: true, "The owner's id."),
    .reading(
      "/owner/email", "owner", "email", kind: .text(maximumLength: nil), personal: true,
      "The owner's e-mail address."),
    .reading(
      "/owner/first_name", "owner", "first_name", kind: .text(maximumLength: nil), personal: true,
      "The owner's first name."),
    .reading(
      "/owner/last_name", "owner", "last_name", kind: .text(maximumLength: nil), personal: true,
      "The owner's last name."),
    .reading(
      "/owner/external_id", "owner", "external_id", kind: .text(maximumLength: nil),
      personal: true, "The owner's id in the organisation's own books."),
    .reading(
      "/links/embeddable_url", "embeddable_url", kind: .text(maximumLength: nil), personal: true,
      "Address of an onboarding form that can be embedded."),
    .reading(
      "/links/authorization_url", "authorization_url", kind: .text(maximumLength: nil),
      personal: true, "Address at which the user authorizes the upstream."),
  ]
}
