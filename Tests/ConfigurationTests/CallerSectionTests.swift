import Configuration
import GatewayCore
import HeatPumps
import Testing

/// Goal: apps and heat pumps refer only to what there is, and deny by default.
/// Method: one small file a fault.
@Suite struct CallerSectionTests {
  @Test(arguments: [
    ("scopes: [heat-pumps:reed]", "scopes[0]", "did you mean \"heat-pumps:read\""),
    ("scopes: heat-pumps:read", "scopes", "expected a list, found text"),
    ("users: [smith]", "users[0]", "a UUID"),
    ("users: ['*', 0b7e2a54-3f0e-4a49-8a0e-0f4c1d7c2a01]", "users", "must stand alone"),
    ("heat_pumps: [smith-hom]", "heat_pumps[0]", "did you mean \"smith-home\""),
    ("may_write: {/device_model: {}}", "may_write[/device_model]", "not a writable pointer"),
    (
      "may_write: {/pause/until: {maximum: 3}}", "may_write[/pause/until].maximum",
      "does not fit a time pointer"
    ),
    ("may_write: [/pause/until]", "may_write", "expected a mapping, found a list"),
    ("rate: {burst: 3}", "rate.requests_per_second", "required setting is missing"),
    ("rate: {requests_per_second: 3, burst: 0}", "rate.burst", "must be 1 to"),
    ("rates: {requests_per_second: 3}", "rates", "did you mean \"rate\""),
  ])
  func `a fault of an app is named with its path and line`(
    setting: String, path: String, words: String
  ) {
    let expected = Expected(app(setting), "apps[0].\(path)", 16, words)
    let found = errors(in: expected.text)
    #expect(found.count == 1, "\(found)")
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test(arguments: [
    ("{}", "name", "required"), ("{}", "organisation", "required"), ("{}", "keys", "required"),
    (
      "{name: a, organisation: acm, keys: [{sha256: \(hash(1))}]}", "organisation",
      "did you mean \"acme\""
    ),
    ("{name: a, organisation: acme, keys: []}", "keys", "at least one key"),
    ("{name: a, organisation: acme, keys: [{}]}", "keys[0].sha256", "required"),
    (
      "{name: a, organisation: acme, keys: [{sha256: \(String(repeating: "A", count: 64))}]}",
      "keys[0].sha256", "64 lower-case"
    ),
    (
      "{name: a, organisation: acme, keys: [{sha256: \(hash(1)), expires: tomorrow}]}",
      "keys[0].expires", "RFC 3339"
    ),
  ])
  func `what an app must have is asked for`(entry: String, path: String, words: String) {
    let expected = Expected(foundation + "apps:\n  - \(entry)\n", "apps[0].\(path)", 11, words)
    let found = errors(in: expected.text)
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test(arguments: [
    ("{}", "alias", "required"), ("{}", "organisation", "required"),
    ("{}", "user_id", "required"), ("{}", "heat_pump_id", "required"),
    ("{alias: 3c90c3cc-0d44-4b50-8888-8dd25736052b}", "alias", "must not look like a UUID"),
    ("{alias: x, organisation: other}", "organisation", "no organisation has the name \"other\""),
    ("{alias: smith-home, organisation: acme}", "alias", "already used in line 7"),
    (
      "{alias: x, organisation: acme, heat_pump_id: 3c90c3cc-0d44-4b50-8888-8dd25736052a}",
      "heat_pump_id", "already used in line 8"
    ),
    ("{alias: x, user_id: 3}", "user_id", "expected text, found a number"),
  ])
  func `a fault of a heat pump is named with its path and line`(
    entry: String, path: String, words: String
  ) {
    let expected = Expected(foundation + "  - \(entry)\n", "heat_pumps[2].\(path)", 10, words)
    let found = errors(in: expected.text)
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test func `names and keys are unique`() {
    let entry = "  - {name: a, organisation: acme, keys: [{sha256: \(hash(1))}]}\n"
    let found = errors(in: foundation + "apps:\n\(entry)\(entry)")
    #expect(found.map(\.path) == ["apps[1].name", "apps[1].keys[0].sha256"])
    #expect(found.allSatisfy { $0.line == 12 && $0.message.contains("line 11") })
  }

  @Test func `a key of an operator is no key of an app`() {
    let text = "admin: {keys: [{sha256: \(hash(1)), role: operator}]}\n" + app()
    #expect(errors(in: text).map(\.path) == ["apps[0].keys[0].sha256"])
  }

  @Test func `the same alias may stand in two organisations`() throws {
    let text = """
      organisations:
        - {name: a, id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11, client_id: {env: A}, client_secret: {env: B}}
        - {name: b, id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a12, client_id: {env: A}, client_secret: {env: B}}
      heat_pumps:
        - {alias: x, organisation: a, user_id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a13, heat_pump_id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a14}
        - {alias: x, organisation: b, user_id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a13, heat_pump_id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a15}
      apps:
        - {name: p, organisation: b, keys: [{sha256: \(hash(1))}], heat_pumps: [x]}
      """
    let app = try load(text).get().configuration.apps[0]
    let id = try #require(ResourceID("7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a15"))
    #expect(app.heatPumps == .only([id]))
  }

  @Test func `an app without lists is denied everything, with a warning for each`() throws {
    let loaded = try load(app()).get()
    let app = loaded.configuration.apps[0]
    #expect(app.scopes.isEmpty && app.users == .only([]) && app.heatPumps == .only([]))
    #expect(app.mayWrite == nil && app.rate == nil)
    #expect(loaded.report.warnings.count == 3)
    #expect(loaded.report.errors.isEmpty)
  }

  @Test func `lists, limits and rates are read`() throws {
    let text = app(
      "scopes: [heat-pumps:read, jobs:write]", "users: ['*']",
      "heat_pumps: [smith-home, 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11]",
      "may_write: {/hot_water/standard_temperature: {minimum: 40, maximum: 55.50}, /pause/until: {}}",
      "rate: {requests_per_second: 0.7}")
    let loaded = try load(text).get()
    #expect(loaded.report.problems == [])
    let app = loaded.configuration.apps[0]
    let smith = try #require(ResourceID("3c90c3cc-0d44-4b50-8888-8dd25736052a"))
    let other = try #require(ResourceID("7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11"))
    #expect(app.scopes == [.heatPumpsRead, .jobsWrite])
    #expect(app.users == .everything && app.heatPumps == .only([smith, other]))
    #expect(app.heatPumps.allows(smith) && !app.heatPumps.allows(ResourceID(high: 1, low: 1)))
    #expect(app.mayWrite?["/hot_water/standard_temperature"]?.maximum?.text == "55.50")
    #expect(app.mayWrite?["/pause/until"]?.isUnlimited == true)
    #expect(app.rate?.burst == 2)
  }

  @Test func `an expired key draws a warning and is kept`() throws {
    let text =
      foundation + """
        apps:
          - name: portal
            organisation: acme
            scopes: [events:read]
            users: ["*"]
            heat_pumps: ["*"]
            keys: [{sha256: \(hash(1)), expires: 2026-11-23T23:59:59Z}, {sha256: \(hash(2)), expires: 2026-11-24T00:00:01Z}]
        """
    let loaded = try load(text).get()
    #expect(loaded.report.warnings.map(\.path) == ["apps[0].keys[0].expires"])
    #expect(loaded.configuration.apps[0].keys.count == 2)
  }
}
