import GatewayCore

/// Makes heat pumps that differ, always the same ones from the same seed.
struct HeatPumpFactory: Sendable {
  let seed: UInt64
  /// When the simulation began.
  let start: Timestamp
  let refreshInterval: Duration

  private struct Model: Sendable {
    let manufacturer: String
    let name: String
    let year: Int
    let cloud: Int
  }

  private static let models = [
    Model(manufacturer: "Nordwind", name: "Aero 8", year: 2021, cloud: 1),
    Model(manufacturer: "Nordwind", name: "Aero 12", year: 2023, cloud: 1),
    Model(manufacturer: "Talheim", name: "Sole Plus", year: 2019, cloud: 2),
    Model(manufacturer: "Kaltenbach", name: "Duo 10", year: 2024, cloud: 3),
  ]

  /// The heat pump with this number as it was when the simulation began.
  func make(_ number: Int, owner: Int) -> HeatPumpRecord {
    // Devices are polled one after another, not all in one second.
    let phase = refreshInterval * SplitMix64.fraction(seed: seed, number: Int64(number))
    let wholeSeconds = Duration.seconds(Int64(phase.seconds))
    return HeatPumpRecord(
      number: number, owner: owner, house: House(seed: seed, number: number),
      firstRefresh: start - wholeSeconds, refreshInterval: refreshInterval,
      values: values(number, owner: owner))
  }

  private func values(_ number: Int, owner: Int) -> [JSONValue] {
    let created = start - .seconds(86400 * Int64(90 + number % 400))
    var values = [JSONValue](repeating: .null, count: AnswerField.allCases.count)
    func set(_ fields: [AnswerField: JSONValue]) {
      for (field, value) in fields { values[field.rawValue] = value }
    }
    set([
      .connectionStatus: "ok", .monitoringStatus: "ok", .steeringStatus: "ok",
      .deviceModel: deviceModel(number), .owner: Customer(number: owner).owner,
      .createdAt: .time(created), .updatedAt: .time(start), .priceZone: "AT",
      .id: .id(Estate.id(.heatPump, number)), .lifecycleState: "authenticated",
      .building: .id(Estate.id(.building, owner)), .isPausePowerActive: false,
      .externalDeviceId: .string("SIM-\(100_000 + number)"), .isAuthenticated: true,
      .isSmartOptimizationActive: true, .optimizationScore: .number(ExactDecimal(60 + number % 35)),
      .comment: .string("Plant room \(number)"), .isInverterForcedModeEnabled: false,
      .isInverterForcedModeActive: false, .inverterForcedModeSince: .never,
      .isTradingEnabled: true, .actualSteeringState: "steering",
    ])
    set([
      .indoorTargetTemperatureOffset: decimal("0.5"),
      .dhwStandardTemperature: decimal("48.0"), .isHotWaterHeatingEnabled: true,
      .isSpaceHeatingEnabled: true, .isPoolHeatingEnabled: false, .isSpaceCoolingEnabled: false,
      .heatingPolicyName: "standard", .maximumTemperatureLimit: decimal("24.0"),
      .minimumTemperatureLimit: decimal("18.0"),
      .minimumDhwTemperatureLimit: decimal("42.0"), .isHeatingPolicyEnabled: true,
      .heatingPolicyLastUpdatedAt: .never, .isAwayModeEnabled: false,
      .awayModeMinimumTemperatureLimit: decimal("16.0"), .awayModeLastUpdatedAt: .never,
      .minSolarPowerW: 2000, .optimizationLevel: "Mid", .needsGateway: false,
      .embeddableUrl: .string("https://embed.example.com/onboarding/\(number)"),
      .authorizationUrl: .string("https://auth.example.com/authorize/\(number)"),
      .actionNeeded: false,
    ])
    return values
  }

  private func decimal(_ text: String) -> JSONValue { .number(ExactDecimal(text) ?? 0) }

  private func deviceModel(_ number: Int) -> JSONValue {
    let model = Self.models[number % Self.models.count]
    return [
      "device_type": ["short_name": "HP", "long_name": "Heat pump"],
      "manufacturer": .string(model.manufacturer), "model": .string(model.name),
      "cloud_service_instructions": .string("Sign in with your \(model.manufacturer) account."),
      "cloud_service_signup_link": .string("https://cloud.example.com/signup/\(model.cloud)"),
      "year": .number(ExactDecimal(model.year)),
      "cloud_service": .id(Estate.id(.cloudService, model.cloud)),
    ]
  }
}
