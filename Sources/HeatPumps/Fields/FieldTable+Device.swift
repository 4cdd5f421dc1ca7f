import GatewayCore

extension FieldTable {
  static let identityRows: [FieldRow] = [
    .reading("/id", "id", kind: .uuid, nullable: false, "The heat pump's id."),
    .reading(
      "/user_id", "owner", "id", kind: .uuid, nullable: false,
      "The id of the user whom the heat pump belongs to."),
    .own(
      "/organisation", .text(maximumLength: nil), nullable: false,
      "The organisation's name in the gateway's configuration."),
    .own(
      "/alias", .text(maximumLength: nil), nullable: true,
      "The heat pump's name in the gateway's configuration."),
  ]

  static let deviceRows: [FieldRow] = [
    .device(
      "/device/manufacturer", update: ["manufacturer"], .text(maximumLength: nil),
      "The manufacturer's name."),
    .device("/device/model", update: ["model"], .text(maximumLength: nil), "The model's name."),
    .device("/device/year", update: ["year"], .integer, nullable: true, "The model's year."),
    .device(
      "/device/type/short_name", update: ["device_type", "short_name"], .text(maximumLength: nil),
      "The short name of the kind of device."),
    .device(
      "/device/type/long_name", update: ["device_type", "long_name"], .text(maximumLength: nil),
      "The full name of the kind of device."),
    .device(
      "/device/cloud_service_id", update: ["cloud_service_id"], answer: ["cloud_service"], .uuid,
      nullable: true, "The manufacturer's cloud that the device is reached through."),
    .reading(
      "/device/cloud_service_instructions", "device_model", "cloud_service_instructions",
      kind: .text(maximumLength: nil), "How to connect the device in the manufacturer's cloud."),
    .reading(
      "/device/cloud_service_signup_link", "device_model", "cloud_service_signup_link",
      kind: .text(maximumLength: nil), personal: true,
      "Where to sign up for the manufacturer's cloud; shown only with `personal-data:read`."),
    .setting(
      "/lifecycle/state", "lifecycle_state", .text(maximumLength: 20), nullable: false,
      access: .admin, default: "authenticated",
      "How far the device's connection has come, at most 20 characters."),
    .setting(
      "/lifecycle/error", "lifecycle_error", .text(maximumLength: nil), access: .admin,
      "What is wrong when the lifecycle state is an error."),
    .setting(
      "/lifecycle/deleted_at", "deleted_at", .time, access: .admin,
      "When the device was deleted; writing a time removes the customer's device."),
  ]

  static let closingRows: [FieldRow] = [
    .reading(
      "/external_device_id", "external_device_id", kind: .text(maximumLength: 255),
      "The device's id in the manufacturer's cloud."),
    .reading(
      "/created_at", "created_at", kind: .time, nullable: false,
      "When the upstream first had the heat pump."),
    .reading(
      "/updated_at", "updated_at", kind: .time, nullable: false,
      "When the upstream last changed its record of the heat pump."),
    .own(
      "/freshness/observed_at", .time, nullable: true,
      "When the device was last observed, by its own account."),
    .own(
      "/freshness/state", .enumeration(FreshnessState.allCases.map(\.rawValue)), nullable: false,
      "`live` under 20 minutes after the observation, `ageing` under 60, then `stale`."),
    .own(
      "/freshness/upstream", .enumeration(UpstreamHealth.allCases.map(\.rawValue)),
      nullable: false, "How the upstream is doing."),
    .own("/pending", .pending, nullable: false, "What is written and not yet verified."),
  ]
}
