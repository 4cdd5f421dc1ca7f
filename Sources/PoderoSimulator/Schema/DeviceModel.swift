import GatewayCore

/// The one nested object of an update: written with `cloud_service_id`, read with `cloud_service`.
enum DeviceModel {
  /// What an update may say. An absent member becomes null, since the object is replaced whole.
  static let inputFields: [NestedField] = [
    NestedField("device_type", .object(typeFields)),
    NestedField("manufacturer", .text(maximumLength: nil, nullable: true)),
    NestedField("model", .text(maximumLength: nil, nullable: true)),
    NestedField("year", .integer),
    NestedField("cloud_service_id", .identifier),
  ]

  private static let typeFields: [NestedField] = [
    NestedField("short_name", .text(maximumLength: nil, nullable: true)),
    NestedField("long_name", .text(maximumLength: nil, nullable: true)),
  ]

  /// The object as it is read after `input` was written: the two members that nobody can write
  /// stay as they are in `current`.
  static func answer(for input: JSONValue, replacing current: JSONValue) -> JSONValue {
    let type = input["device_type"] ?? .null
    return [
      "device_type": [
        "short_name": type["short_name"] ?? .null, "long_name": type["long_name"] ?? .null,
      ],
      "manufacturer": input["manufacturer"] ?? .null,
      "model": input["model"] ?? .null,
      "cloud_service_instructions": current["cloud_service_instructions"] ?? .null,
      "cloud_service_signup_link": current["cloud_service_signup_link"] ?? .null,
      "year": input["year"] ?? .null,
      "cloud_service": input["cloud_service_id"] ?? .null,
    ]
  }
}
