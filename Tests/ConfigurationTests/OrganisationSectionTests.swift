import Configuration
import GatewayCore
import HeatPumps
import Testing

/// Goal: organisations are read with their defaults, and every fault is named with its place.
/// Method: one small file a fault.
@Suite struct OrganisationSectionTests {
  @Test(arguments: [
    Expected("organisations: [{}]", "organisations[0].name", 1, "required setting is missing"),
    Expected("organisations: [{}]", "organisations[0].id", 1, "required setting is missing"),
    Expected("organisations: [{}]", "organisations[0].client_id", 1, "required setting is missing"),
    Expected(
      "organisations: [{}]", "organisations[0].client_secret", 1, "required setting is missing"),
    Expected("organisations:\n- {name: a b}", "organisations[0].name", 2, "1 to 64 letters"),
    Expected(
      "organisations:\n- {id: 17}", "organisations[0].id", 2, "expected text, found a number"),
    Expected("organisations:\n- {id: abc}", "organisations[0].id", 2, "a UUID"),
  ])
  func `what an organisation must have is asked for`(expected: Expected) {
    let found = errors(in: expected.text)
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test(arguments: [
    ("budget: {in_fligth: 3}", "budget.in_fligth", "did you mean \"in_flight\""),
    ("budget: {in_flight: 0}", "budget.in_flight", "must be 1 to 10000"),
    ("budget: {requests_per_second: 0}", "budget.requests_per_second", "must be 0.01 to 1000000"),
    ("cache: {fresh: 30}", "cache.fresh", "found a number"),
    ("cache: {fresh: P1M}", "cache.fresh", "ISO 8601"),
    ("timeouts: {connect: PT20S}", "timeouts", "connect must not be longer than total"),
    ("polling: {interval: PT1S}", "polling.interval", "must be PT10S to P1D"),
    ("discovery: {enabled: yes}", "discovery.enabled", "expected true or false, found text"),
    ("write_mode: spares", "write_mode", "did you mean \"sparse\""),
    ("on_reset: ignore", "on_reset", "must be one of restore, report"),
    ("token_request: xml", "token_request", "must be one of auto, json, form"),
    ("next: {client_id: {env: A}}", "next.client_secret", "required setting is missing"),
    ("api_base: http://api.example.com/", "api_base", "only for loopback"),
    ("token_url: http://128.0.0.1/", "token_url", "only for loopback"),
    ("api_base: ftp://api.example.com/", "api_base", "must begin with https://"),
    ("api_base: api.example.com", "api_base", "must begin with https://"),
    ("api_base: https:///x", "api_base", "no valid host"),
    ("api_base: https://a:99999/", "api_base", "no valid port"),
    ("api_base: https://u@a/", "api_base", "user name or password"),
    ("api_base: https://a/?b", "api_base", "query or fragment"),
    ("api_base: 'https://a/#b'", "api_base", "query or fragment"),
    ("api_base: 'https://a/ b'", "api_base", "character that no URL may have"),
    ("guard_rails: {/id: {minimum: 1}}", "guard_rails[/id]", "not a writable pointer"),
    (
      "guard_rails: {/hot_water/standard_temprature: {}}",
      "guard_rails[/hot_water/standard_temprature]",
      "did you mean \"/hot_water/standard_temperature\""
    ),
    (
      "guard_rails: {/hot_water/standard_temperature: {maximum_ahead: P1D}}",
      "guard_rails[/hot_water/standard_temperature].maximum_ahead",
      "does not fit a number pointer; what fits: minimum, maximum"
    ),
    (
      "guard_rails: {/pause/until: {minimum: 3}}", "guard_rails[/pause/until].minimum",
      "does not fit a time pointer"
    ),
    (
      "guard_rails: {/pause/active: {maximum: 3}}", "guard_rails[/pause/active].maximum",
      "does not fit a boolean pointer; what fits: none"
    ),
    (
      "guard_rails: {/hot_water/standard_temperature: {minimum: 50, maximum: 49.5}}",
      "guard_rails[/hot_water/standard_temperature].minimum", "minimum 50 is above maximum 49.5"
    ),
    (
      "guard_rails: {/hot_water/standard_temperature: {minimum: '50'}}",
      "guard_rails[/hot_water/standard_temperature].minimum", "expected a number, found text"
    ),
  ])
  func `a fault is named with its path and line`(setting: String, path: String, words: String) {
    let expected = Expected(organisation(setting), "organisations[0].\(path)", 6, words)
    let found = errors(in: expected.text)
    #expect(found.count == 1, "\(found)")
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test(arguments: [
    "api_base: http://localhost:8000/v2", "api_base: http://127.9.9.9/v2",
    "api_base: 'http://[::1]:8000/v2'", "api_base: https://api.example.com/v2",
    "{api_base: http://10.0.0.1/v2, allow_insecure: true}",
  ])
  func `http is accepted for loopback or on demand, and a base ends in a slash`(
    setting: String
  ) throws {
    let line = setting.hasPrefix("{") ? String(setting.dropFirst().dropLast()) : setting
    let settings = line.split(separator: ",").map { $0.drop { $0 == " " } }
    let text = organisation() + settings.map { "    \($0)\n" }.joined()
    let loaded = try load(text).get().configuration
    #expect(loaded.organisations.first?.apiBase.hasSuffix("/v2/") == true)
  }

  @Test func `names and ids are unique`() {
    let entry =
      "  - {name: acme, id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11, client_id: {env: A}, client_secret: {env: B}}\n"
    let found = errors(in: "organisations:\n\(entry)\(entry)")
    #expect(
      found.map(\.description) == [
        "3:12: organisations[1].name: this organisation name is already used in line 2",
        "3:22: organisations[1].id: this organisation id is already used in line 2",
      ])
  }

  @Test func `an organisation that sets only what it must has the documented defaults`() throws {
    let loaded = try load(organisation()).get().configuration
    let id = try #require(ResourceID("7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11"))
    let credentials = ClientCredentials(
      id: .environment("PODERO_CLIENT_ID"), secret: .environment("PODERO_CLIENT_SECRET"))
    #expect(
      loaded.organisations == [
        OrganisationConfiguration(name: "acme", id: id, credentials: credentials)
      ])
    let pause = loaded.organisations[0].guardRails["/pause/until"]
    #expect(pause == FieldBounds(maximumAhead: .seconds(86400)))
  }

  @Test func `a guard rail that is set replaces the default of its pointer and no other`() throws {
    let text = organisation(
      "guard_rails:", "  /hot_water/standard_temperature: {minimum: 30.5}",
      "  /pause/until: {}", "  /away/end: {maximum_ahead: P30D}")
    let rails = try load(text).get().configuration.organisations[0].guardRails
    var expected = OrganisationConfiguration.defaultGuardRails
    expected["/hot_water/standard_temperature"] = FieldBounds(minimum: ExactDecimal("30.5"))
    expected["/pause/until"] = FieldBounds()
    expected["/away/end"] = FieldBounds(maximumAhead: .seconds(30 * 86400))
    #expect(rails == expected)
    #expect(
      try load(organisation("guard_rails: {}")).get().configuration.organisations[0].guardRails
        == OrganisationConfiguration.defaultGuardRails)
  }

  @Test func `a guard rail without a limit and a file without organisations draw warnings`() {
    let rail = problems(in: organisation("guard_rails: {/pause/until: {}}"))
    #expect(rail.map(\.severity) == [.warning])
    let none = problems(in: "log: {level: info}")
    #expect(none.map(\.severity) == [.warning])
    #expect(none.first?.message.contains("no organisation") == true)
  }
}
