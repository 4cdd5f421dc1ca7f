import GatewayCore

/// The settings that can be changed while the simulator runs.
struct SettingsChange: Sendable {
  private(set) var putMode: PutMode?
  private(set) var decimals: DecimalStyle?
  private(set) var tokenBody: TokenBodyStyle?
  private(set) var tokenLifetime: Duration?
  private(set) var omitsExpiresIn: Bool?
  private(set) var timeFactor: Double?
  private(set) var clientSecrets: [Secret]?
  private(set) var journalFields: [String]?

  /// Reads the control endpoint's form; members that are absent change nothing.
  ///
  /// - Throws: ``ControlFault`` for an unknown member or value.
  init(_ json: JSONValue) throws(ControlFault) {
    guard let object = json.object else {
      throw ControlFault(message: "the body is an object of settings")
    }
    for (key, value) in object.members { try read(key, value) }
  }

  private mutating func read(_ key: String, _ value: JSONValue) throws(ControlFault) {
    switch key {
    case "put_mode": putMode = try Self.choice(key, value)
    case "decimals": decimals = try Self.choice(key, value)
    case "token_body": tokenBody = try Self.choice(key, value)
    case "token_lifetime_seconds":
      guard let seconds = value.number?.approximate, seconds > 0, seconds < 1e9 else {
        throw ControlFault(message: "\(key) is a number above 0")
      }
      tokenLifetime = .seconds(1) * seconds
    case "omit_expires_in":
      guard let omits = value.bool else { throw ControlFault(message: "\(key) is a boolean") }
      omitsExpiresIn = omits
    case "time_factor":
      guard let factor = value.number?.approximate, (0...1_000_000).contains(factor) else {
        throw ControlFault(message: "\(key) is 0 through 1,000,000")
      }
      timeFactor = factor
    case "client_secrets":
      let texts = value.array?.compactMap(\.string) ?? []
      guard !texts.isEmpty, texts.count == value.array?.count else {
        throw ControlFault(message: "\(key) is an array of strings")
      }
      clientSecrets = texts.map { Secret($0) }
    case "journal_fields":
      let names = value.array?.compactMap(\.string) ?? []
      guard names.count == value.array?.count, names.allSatisfy({ AnswerField(name: $0) != nil })
      else { throw ControlFault(message: "\(key) is an array of answer fields") }
      journalFields = names
    default:
      throw ControlFault(message: "there is no setting \(key)")
    }
  }

  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ value: JSONValue
  ) throws(ControlFault) -> Choice where Choice.RawValue == String {
    guard let choice = value.string.flatMap({ Choice(rawValue: $0) }) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ControlFault(message: "\(key) is one of: \(names)")
    }
    return choice
  }

  func apply(to settings: inout SimulatorSettings) {
    settings.putMode = putMode ?? settings.putMode
    settings.decimals = decimals ?? settings.decimals
    settings.tokenBody = tokenBody ?? settings.tokenBody
    settings.tokenLifetime = tokenLifetime ?? settings.tokenLifetime
    settings.omitsExpiresIn = omitsExpiresIn ?? settings.omitsExpiresIn
    settings.timeFactor = timeFactor ?? settings.timeFactor
    settings.clientSecrets = clientSecrets ?? settings.clientSecrets
    settings.journalFields = journalFields ?? settings.journalFields
  }
}

extension SimulatorSettings {
  /// What can be changed while the simulator runs, without the secrets.
  var json: JSONValue {
    [
      "put_mode": .string(putMode.rawValue), "decimals": .string(decimals.rawValue),
      "token_body": .string(tokenBody.rawValue),
      "token_lifetime_seconds": .count(Int(tokenLifetime.seconds)),
      "omit_expires_in": .bool(omitsExpiresIn),
      "time_factor": .number(ExactDecimal("\(timeFactor)") ?? 1),
      "journal_fields": journalFields.map { .array($0.map { .string($0) }) } ?? .null,
    ]
  }
}
