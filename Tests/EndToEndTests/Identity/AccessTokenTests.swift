import GatewayCore
import TestSupport
import Testing

/// Goal: a service of the company calls with a token of its own identity provider, whatever
/// happens to the provider.
/// Method: the real gateway, a provider that publishes its keys on loopback, tokens made here.
@Suite struct AccessTokenTests {
  private static let key = SigningKey.p256("2026-11")

  private struct Provider: Sendable {
    let server: ScriptedServer
    let keys: Locked<[UInt8]?>

    init(_ keys: [UInt8]?) throws {
      let keys = Locked(keys)
      self.keys = keys
      server = try ScriptedServer(answering: { _ in
        guard let body = keys.withLock({ $0 }) else { return httpAnswer("503 Away") }
        return httpAnswer(headers: ["Content-Type: application/json"], body: body)
      })
    }

    func configure(_ setup: inout GatewaySetup, claim: JSONValue = "scope") {
      setup.more["identity_providers"] = [
        [
          "name": "company", "issuer": "https://login.example/", "audience": "podero-gateway",
          "jwks": ["url": .string(server.url("/keys"))], "algorithms": ["ES256"],
          "scopes_claim": claim,
        ]
      ]
      setup.more["apps"] = [
        [
          "name": "portal", "organisation": "acme",
          "tokens": [["provider": "company", "claims": ["azp": "portal"]]],
          "scopes": ["heat-pumps:read", "heat-pumps:write"], "users": ["*"], "heat_pumps": ["*"],
        ]
      ]
      setup.logLevel = "trace"
    }
  }

  private func token(
    _ key: SigningKey = key, _ changes: [String: JSONValue?] = [:]
  ) throws -> String {
    let now = Int(SystemClock().wall.microseconds / 1_000_000)
    var claims = JSONObject()
    claims["iss"] = "https://login.example/"
    claims["aud"] = "podero-gateway"
    claims["azp"] = "portal"
    claims["exp"] = .number(ExactDecimal(now + 300))
    claims["scope"] = "heat-pumps:read"
    for (name, value) in changes { claims[name] = value }
    return try key.token(.object(claims))
  }

  private func get(_ stage: Stage, _ token: String) async throws -> Answer {
    try await stage.app(nil).get(
      "/v1/heat-pumps/smith-home", ["Authorization": "Bearer \(token)"])
  }

  @Test func `a service calls with a token, also while the provider is away`() async throws {
    let provider = try Provider(keySet(Self.key.jwk()))
    defer { provider.server.stop() }
    try await withStage(gateway: { provider.configure(&$0) }) { stage in
      let good = try token()
      #expect(try await get(stage, good).status == 200)
      #expect(try await get(stage, good).status == 200)
      let write = try await stage.app(nil).patch(
        "/v1/heat-pumps/smith-home", ["pause": ["active": true]],
        ["Authorization": "Bearer \(good)"])
      #expect(write.verdict == "403 forbidden")
      let forged = try await get(stage, try token(SigningKey.p256(Self.key.id)))
      #expect(forged.verdict == "401 unauthenticated")
      #expect(forged.headers["www-authenticate"]?.contains("error=\"invalid_token\"") == true)
      #expect(try await get(stage, try token(Self.key, ["exp": 1])).status == 401)
      provider.server.stop()
      #expect(try await get(stage, try token(Self.key, ["jti": "another"])).status == 200)
      #expect(try await stage.metric(#"identity_tokens_total{outcome="accepted"}"#) == 2)
      #expect(try await stage.metric(#"identity_tokens_total{outcome="remembered"}"#) ?? 0 >= 1)
      #expect(try await stage.metric(#"identity_tokens_total{outcome="signature"}"#) == 1)
      #expect(try await stage.metric(#"identity_keys{provider="company"}"#) == 1)
      let log = stage.gateway.rawLog.joined(separator: "\n")
      for part in good.split(separator: ".") { #expect(!log.contains(part)) }
      #expect(log.contains("signature"))
    }
  }

  @Test func `a provider that is away at the start is asked again`() async throws {
    let provider = try Provider(nil)
    defer { provider.server.stop() }
    try await withStage(gateway: { provider.configure(&$0) }) { stage in
      let good = try token()
      #expect(try await get(stage, good).status == 401)
      provider.keys.withLock { $0 = keySet(Self.key.jwk()) }
      try await eventually("keys", within: .seconds(30)) {
        try await get(stage, good).status == 200
      }
    }
  }
}
