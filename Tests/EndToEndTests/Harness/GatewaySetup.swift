import GatewayCore
import PoderoSimulator

/// A caller of the tests, with the hash that the configuration holds of its key.
struct TestKey: Sendable, Hashable {
  let key: String
  let sha256: String

  /// May everything with everything.
  static let full = TestKey(
    key: "pgw_test-full",
    sha256: "dec12a23344f65b6e64b8f7445dd9be8c0faffd2b1178b901ad40b4d01b4bdb3")
  /// Reads and writes everywhere, without personal data and internal fields.
  static let portal = TestKey(
    key: "pgw_test-portal",
    sha256: "00ab9888ed7a2257ba1a281bc86b3d641587f33e2df46a78fb90eef621fd11ba")
  /// Reads everywhere.
  static let reader = TestKey(
    key: "pgw_test-reader",
    sha256: "03a85179cf0632dc277d42c9d4e38c3fb06f6c47304115c6fbb512a5cdb1df04")
  /// Reads and writes the first heat pump only.
  static let narrow = TestKey(
    key: "pgw_test-narrow",
    sha256: "2de36dd5e397a9e19fc1b2ba076a33de2c2581879d0e7335bf8c489cebca9f75")
  /// A key of the portal's that has ended.
  static let expired = TestKey(
    key: "pgw_test-expired",
    sha256: "8f57f68f78ad52ad1a7df7057ad5c5a3599f0436cc3e9596db708006c2997cb1")
  /// Reads everywhere, personal data included.
  static let personal = TestKey(
    key: "pgw_test-personal",
    sha256: "0950298800f139d72028263469400b8ec0f078a6bc6091775efe659aa0826bf2")
  /// All of them.
  static let all = [full, portal, reader, narrow, expired, personal, `operator`, metrics]
  /// An operator.
  static let `operator` = TestKey(
    key: "pgw_test-operator",
    sha256: "adccd0de90de9f82a36b2017c4dfbf6a55b065cc16c6ea431eedbcca20dfde2f")
  /// Whoever gathers metrics.
  static let metrics = TestKey(
    key: "pgw_test-metrics",
    sha256: "fac43398acfd14fe39669006e5df5b177443a3a56902e71d47801b89c3777ba1")
}

/// A gateway's configuration for one test: one organisation, the callers of ``TestKey``, and the
/// first heat pump under the alias `smith-home`.
struct GatewaySetup: Sendable {
  /// The organisation `acme`, by the configuration's keys.
  var organisation = JSONObject()
  /// Beside the organisation, the callers and the heat pump.
  var more = JSONObject()
  /// YAML below the rest of the file: sections that `more` does not have. `FOLDER` stands for the
  /// file's folder.
  var appendix = ""
  /// Environment variables.
  var environment = ["CLIENT_ID": "demo-client", "CLIENT_SECRET": "demo-secret"]
  /// Files in the configuration's folder.
  var files: [String: String] = [:]
  /// Members of the organisation that name a file of that folder.
  var organisationFiles: [String: String] = [:]
  /// Scopes that apps have beyond their own, by the app's name.
  var scopes: [String: [JSONValue]] = [:]
  /// The words of a command that runs the gateway; empty if it is run directly.
  var wrapper: [String] = []
  /// The folder of another build's program; `nil` for the one that was built with the tests.
  var products: String?
  /// The log's level: all that there is, so that what must not be in a log is looked for in all of it.
  var logLevel = "trace"

  /// For an upstream with its API and its token endpoint below `origin`.
  init(origin: String) {
    organisation["name"] = "acme"
    organisation["id"] = .string(SimulatorSettings.defaultOrganisationID.description)
    organisation["api_base"] = .string(origin + "/api/partners/v2.0/")
    organisation["token_url"] = .string(origin + "/oauth2/token/")
    organisation["client_id"] = ["env": "CLIENT_ID"]
    organisation["client_secret"] = ["env": "CLIENT_SECRET"]
    // Enough for every test at once; what is measured is never the budget.
    organisation["budget"] = ["requests_per_second": 10000, "in_flight": 1000]
  }

  /// Reads nothing from memory without asking, and serves the last answer when asking fails.
  mutating func setTinyCache() {
    organisation["cache"] = ["fresh": "PT0S", "stale_while_revalidate": "PT0S"]
  }

  /// How long calls may take.
  mutating func setTimeouts(connect: String = "PT1S", total: String) {
    organisation["timeouts"] = ["connect": .string(connect), "total": .string(total)]
  }

  /// The text of the configuration file; JSON is YAML.
  func configurationText(folder: String) -> String {
    let file = configuration(folder: folder)
    guard !appendix.isEmpty else { return file.prettyText }
    let sections = (file.object?.members ?? []).map { "\($0.key): \($0.value.text)\n" }
    return sections.joined() + appendix.replacing("FOLDER", with: folder)
  }

  /// The path of the database that the file names.
  func database(in folder: String) -> String {
    configuration(folder: folder).at(pointer: "/storage/sqlite/path")?.string
      ?? folder + "/gateway.db"
  }

  /// The configuration file without its appendix.
  func configuration(folder: String) -> JSONValue {
    var organisation = organisation
    for (member, name) in organisationFiles {
      let path = JSONValue.string("\(folder)/\(name)")
      organisation[member] = member.hasSuffix("secret") ? ["file": path] : path
    }
    var file = JSONObject()
    file["listen"] = ["port": 0, "threads": 2]
    file["admin"] = [
      "port": 0,
      "keys": [
        ["sha256": .string(TestKey.operator.sha256), "role": "operator"],
        ["sha256": .string(TestKey.metrics.sha256), "role": "metrics"],
      ],
    ]
    file["storage"] = ["sqlite": ["path": .string("\(folder)/gateway.db")]]
    file["log"] = ["level": .string(logLevel)]
    file["organisations"] = [.object(organisation)]
    file["heat_pumps"] = [
      [
        "alias": "smith-home", "organisation": "acme",
        "user_id": .string(PoderoSimulator.userID(1).description),
        "heat_pump_id": .string(PoderoSimulator.heatPumpID(1).description),
      ]
    ]
    file["apps"] = .array(Self.apps.map(widened))
    for (name, value) in more.members { file[name] = value }
    if let path = file["storage"]?["sqlite"]?["path"]?.string {
      file["storage"] = .object(TestStorage.section(path))
    }
    return .object(file)
  }

  private func widened(_ app: JSONValue) -> JSONValue {
    guard var members = app.object, let name = members["name"]?.string,
      let more = scopes[name], let present = members["scopes"]?.array
    else { return app }
    members["scopes"] = .array(present + more)
    return .object(members)
  }

  private static let apps: [JSONValue] = [
    app(
      "full", [key(.full)],
      ["heat-pumps:read", "heat-pumps:write", "heat-pumps:admin", "personal-data:read"]),
    app(
      "portal",
      [
        key(.portal),
        ["sha256": .string(TestKey.expired.sha256), "expires": "2020-01-01T00:00:00Z"],
      ], ["heat-pumps:read", "heat-pumps:write"]),
    app("reader", [key(.reader)], ["heat-pumps:read"]),
    app("personal", [key(.personal)], ["heat-pumps:read", "personal-data:read"]),
    app(
      "narrow", [key(.narrow)], ["heat-pumps:read", "heat-pumps:write"],
      users: [.string(PoderoSimulator.userID(1).description)], heatPumps: ["smith-home"]),
  ]

  private static func app(
    _ name: String, _ keys: [JSONValue], _ scopes: [JSONValue], users: [JSONValue] = ["*"],
    heatPumps: [JSONValue] = ["*"]
  ) -> JSONValue {
    [
      "name": .string(name), "organisation": "acme", "keys": .array(keys),
      "scopes": .array(scopes), "users": .array(users), "heat_pumps": .array(heatPumps),
    ]
  }

  private static func key(_ key: TestKey) -> JSONValue { ["sha256": .string(key.sha256)] }
}

/// A number digit by digit; literals have no fractions here.
func decimal(_ text: String) -> JSONValue {
  .number(ExactDecimal(text) ?? ExactDecimal(0))
}
