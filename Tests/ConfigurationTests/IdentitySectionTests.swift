import Configuration
import GatewayCore
import Testing

/// Goal: an identity provider is taken as it is meant or not at all, and every token rule has one.
/// Method: one small file a fault.
@Suite struct IdentitySectionTests {
  private static let good = "name: company, issuer: 'https://i/', audience: gateway"

  private func file(_ provider: String, tokens: String = "[]", keys: Bool = true) -> String {
    let key = keys ? "keys: [{sha256: \(hash(1))}], " : ""
    return foundation + """
      identity_providers:
        - {\(provider)}
      apps:
        - {name: a, organisation: acme, \(key)tokens: \(tokens), scopes: [events:read], users: ['*'], heat_pumps: ['*']}
      """
  }

  @Test(arguments: [
    ("name: company", "issuer", "required"), ("name: company", "audience", "required"),
    (good, "jwks", "required"), (good + ", jwks: {}", "jwks", "exactly one of file, url"),
    (good + ", jwks: {file: a, url: 'https://i/k'}", "jwks", "exactly one of file, url"),
    (good + ", jwks: {url: 'http://i/k'}", "jwks.url", "only for loopback"),
    (good + ", jwks: {url: 'https://i/k?x=1'}", "jwks.url", "query"),
    (good + ", jwks: {file: a, ca_file: b}", "jwks.ca_file", "for url only"),
    (good + ", jwks: {file: a}, algorithms: [HS256]", "algorithms[0]", "must be one of RS256"),
    (good + ", jwks: {file: a}, algorithms: [none]", "algorithms[0]", "must be one of RS256"),
    (good + ", jwks: {file: a}, algorithms: []", "algorithms", "at least one"),
    (good + ", jwks: {file: a}, clock_skew: PT6M", "clock_skew", "must be PT0S to PT5M"),
    (good + ", jwks: {file: a}, leeway: PT6M", "leeway", "unknown key"),
  ])
  func `a fault of a provider is named`(provider: String, path: String, words: String) {
    let expected = Expected(file(provider), "identity_providers[0].\(path)", 0, words)
    let found = errors(in: expected.text)
    #expect(
      found.contains { $0.path == expected.path && $0.message.contains(words) }, "\(found)")
  }

  @Test(arguments: [
    ("[{claims: {azp: x}}]", "[0].provider", "required"),
    ("[{provider: compny, claims: {azp: x}}]", "[0].provider", "did you mean \"company\""),
    ("[{provider: company}]", "[0].claims", "required"),
    ("[{provider: company, claims: {}}]", "[0].claims", "at least one claim"),
    ("[{provider: company, claims: {azp: 7}}]", "[0].claims.azp", "expected text"),
    (
      "[{provider: company, claims: {a: x, b: y}}, {provider: company, claims: {b: y, a: x}}]",
      "[1]", "already used"
    ),
  ])
  func `a fault of a rule for tokens is named`(tokens: String, path: String, words: String) {
    let text = file(Self.good + ", jwks: {file: a}", tokens: tokens)
    let found = errors(in: text)
    #expect(
      found.contains { $0.path == "apps[0].tokens\(path)" && $0.message.contains(words) },
      "\(found)")
  }

  @Test func `a provider and its rules are read`() throws {
    let rule = "{provider: company, claims: {azp: portal, 'https://x/y': '1'}}"
    let text = file(
      Self.good + ", jwks: {url: 'http://127.0.0.1:1/k', ca_file: c}, algorithms: [EdDSA], "
        + "clock_skew: PT5S, scopes_claim: scp", tokens: "[\(rule)]", keys: false)
    let loaded = try load(text).get()
    #expect(loaded.report.problems == [])
    let provider = try #require(loaded.configuration.identityProviders.first)
    #expect(provider.name == "company" && provider.issuer == "https://i/")
    #expect(provider.audience == "gateway" && provider.algorithms == [.edDSA])
    #expect(provider.clockSkew == .seconds(5) && provider.scopesClaim == "scp")
    #expect(
      provider.keys == .url(try EndpointURL("http://127.0.0.1:1/k"), authorityFile: "c"))
    let app = try #require(loaded.configuration.apps.first)
    #expect(app.keys == [])
    #expect(
      app.tokens == [
        AppToken(provider: "company", claims: ["azp": "portal", "https://x/y": "1"])
      ])
  }

  @Test func `what is not said is the usual`() throws {
    let loaded = try load(file(Self.good + ", jwks: {file: /a}")).get()
    let provider = try #require(loaded.configuration.identityProviders.first)
    #expect(provider.keys == .file("/a") && provider.algorithms == [.rs256, .es256])
    #expect(provider.clockSkew == .seconds(60) && provider.scopesClaim == nil)
  }

  @Test func `an app needs a key or a token`() {
    let text = file(Self.good + ", jwks: {file: a}", tokens: "[]", keys: false)
    #expect(errors(in: text).map(\.path) == ["apps[0].tokens"])
  }

  @Test func `two providers may share an issuer, but not an audience as well`() {
    let text = """
      identity_providers:
        - {\(Self.good), jwks: {file: a}}
        - {name: other, issuer: 'https://i/', audience: gateway, jwks: {file: a}}
        - {name: third, issuer: 'https://i/', audience: third, jwks: {file: a}}
      """
    #expect(errors(in: text).map(\.path) == ["identity_providers[1].audience"])
  }
}
