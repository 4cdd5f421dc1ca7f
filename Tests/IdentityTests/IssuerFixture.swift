import GatewayCore
import Logging
import TestSupport

@testable import Identity

/// Keys that take long to make, made once.
enum Keys {
  static let rsa = try? SigningKey.rsa("rsa")
  static let pss = try? SigningKey.rsa("pss", probabilistic: true)
  static let p256 = SigningKey.p256("p256")
  static let ed25519 = SigningKey.ed25519("ed25519")
}

/// A provider whose keys come from a transport that a test plays.
struct IssuerFixture: Sendable {
  static let issuer = "https://login.example/"
  static let audience = "podero-gateway"

  let clock = ManualClock()
  let log = LogRecorder()
  let transport: FakeTransport
  let keeper: KeySetKeeper
  let verifier: TokenVerifier

  init(
    _ script: [FakeTransport.Step] = [], then step: FakeTransport.Step = .status(500),
    algorithms: Set<SignatureAlgorithm> = [.rs256, .ps256, .es256, .edDSA],
    scopesClaim: String? = nil
  ) {
    transport = FakeTransport(script, then: step)
    keeper = KeySetKeeper(
      name: "company", algorithms: algorithms,
      source: .url("https://login.example/keys", caFile: nil, transport: transport, clock: clock),
      clock: clock, random: SeededRandom(seed: 1), logger: log.logger)
    verifier = TokenVerifier([
      IdentityProvider(
        settings: ProviderSettings(
          name: "company", issuer: Self.issuer, audience: Self.audience, algorithms: algorithms,
          scopesClaim: scopesClaim), keeper: keeper)
    ])
  }

  /// A provider that has these keys.
  static func with(
    _ keys: JSONValue..., algorithms: Set<SignatureAlgorithm> = [.rs256, .ps256, .es256, .edDSA],
    scopesClaim: String? = nil
  ) async throws -> IssuerFixture {
    let fixture = IssuerFixture(
      then: .json(["keys": .array(keys)]), algorithms: algorithms, scopesClaim: scopesClaim)
    try await fixture.keeper.refresh()
    return fixture
  }

  /// Good claims, `changes` applied; `nil` takes one away.
  func claims(_ changes: [String: JSONValue?] = [:]) -> JSONValue {
    let now = Int(clock.wall.microseconds / 1_000_000)
    var claims = JSONObject()
    claims["iss"] = .string(Self.issuer)
    claims["aud"] = .string(Self.audience)
    claims["sub"] = "service-7"
    claims["azp"] = "portal"
    claims["iat"] = .number(ExactDecimal(now))
    claims["nbf"] = .number(ExactDecimal(now))
    claims["exp"] = .number(ExactDecimal(now + 300))
    for (name, value) in changes { claims[name] = value }
    return .object(claims)
  }

  /// Seconds from now, as a claim.
  func seconds(_ offset: Int) -> JSONValue {
    .number(ExactDecimal(Int(clock.wall.microseconds / 1_000_000) + offset))
  }

  /// Why the token is refused; `nil` if it is good.
  func refusal(_ token: String) -> TokenRefusal? {
    do throws(TokenRefusal) {
      _ = try verifier.verify(token.utf8.span, at: clock.wall)
      return nil
    } catch {
      return error
    }
  }
}
