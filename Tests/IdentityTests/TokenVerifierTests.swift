import Crypto
import GatewayCore
import TestSupport
import Testing

@testable import Identity

/// Goal: only what the provider signed for this gateway, and for now, is accepted.
/// Method: tokens signed with keys made here, good ones and each known way to cheat (RFC 8725).
@Suite struct TokenVerifierTests {
  private typealias Changes = [String: JSONValue?]

  @Test func `a token of each algorithm is accepted`() async throws {
    let keys = [
      try #require(Keys.rsa), try #require(Keys.pss), Keys.p256, Keys.ed25519,
    ]
    let issuer = try await IssuerFixture.with(
      keys[0].jwk(), keys[1].jwk(), keys[2].jwk(), keys[3].jwk())
    for key in keys {
      let token = try key.token(issuer.claims())
      #expect(issuer.refusal(token) == nil, "\(key.algorithm)")
      let other = try key.token(issuer.claims(["sub": "else"]))
      let swapped = token.prefix { $0 != "." } + other.drop { $0 != "." }.prefix(40)
      #expect(issuer.refusal(String(swapped)) != nil)
      // The claims of one under the signature of the other.
      let parts = (token.split(separator: "."), other.split(separator: "."))
      #expect(issuer.refusal("\(parts.0[0]).\(parts.1[1]).\(parts.0[2])") == .signature)
    }
  }

  @Test func `what the provider vouches for is handed on`() async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk(), scopesClaim: "scope")
    let token = try Keys.p256.token(
      issuer.claims([
        "scope": "heat-pumps:read jobs:write", "groups": ["ops", "dev"],
        "aud": ["other", .string(IssuerFixture.audience)],
      ]))
    let verified = try issuer.verifier.verify(token.utf8.span, at: issuer.clock.wall)
    #expect(verified.provider == "company")
    #expect(verified.scopes == ["heat-pumps:read", "jobs:write"])
    #expect(verified.end == issuer.clock.wall + .seconds(360))
    #expect(verified.has(["sub": "service-7", "azp": "portal"]))
    #expect(verified.has(["groups": "dev"]))
    #expect(!verified.has(["sub": "service-7", "azp": "other"]))
    #expect(!verified.has(["nothing": "x"]))
  }

  @Test func `a token without the scopes claim has none of them`() async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk(), scopesClaim: "scope")
    let token = try Keys.p256.token(issuer.claims())
    #expect(try issuer.verifier.verify(token.utf8.span, at: issuer.clock.wall).scopes == [])
  }

  @Test(
    arguments: [
      (["typ": "JWT"], nil), (["typ": "application/at+jwt"], nil), (["typ": nil], nil),
      (["typ": "AT+JWT"], nil), (["typ": "logout+jwt"], .type), (["typ": "dpop+jwt"], .type),
      (["typ": 1], .type), (["crit": ["exp"]], .header), (["crit": []], .header),
      (["b64": false], .header), (["cty": "JWT"], .header), (["zip": "DEF"], .header),
      (["enc": "A256GCM"], .header), (["alg": "none"], .algorithm), (["alg": "None"], .algorithm),
      (["alg": "HS256"], .algorithm), (["alg": "es256"], .algorithm), (["alg": nil], .algorithm),
      (["alg": ["ES256"]], .algorithm), (["alg": "ES384"], .algorithm),
      (["alg": "RS256"], .unknownKey), (["alg": "EdDSA"], .unknownKey),
      (["kid": "other"], .unknownKey),
      (["kid": nil], .unknownKey), (["kid": ""], .unknownKey), (["kid": 7], .unknownKey),
    ] as [([String: JSONValue?], TokenRefusal?)])
  func `the header decides before the signature`(
    changes: [String: JSONValue?], refusal: TokenRefusal?
  ) async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk())
    #expect(issuer.refusal(try Keys.p256.token(issuer.claims(), header: changes)) == refusal)
  }

  @Test(
    arguments: [
      (["iss": "https://login.example"], .issuer), (["iss": nil], .issuer), (["iss": 1], .issuer),
      (["iss": ["https://login.example/"]], .issuer), (["iss": "https://evil.example/"], .issuer),
      (["aud": "other"], .audience), (["aud": nil], .audience), (["aud": []], .audience),
      (["aud": ["other", 1]], .audience), (["aud": ["podero-gateway": true]], .audience),
      (["exp": nil], .claims), (["exp": "soon"], .claims), (["exp": -1], .claims),
      (["exp": 999_999_999_999], .claims), (["nbf": "now"], .claims), (["iat": true], .claims),
      (["nbf": nil, "iat": nil], nil),
    ] as [([String: JSONValue?], TokenRefusal?)])
  func `claims must be there and fit`(
    changes: [String: JSONValue?], refusal: TokenRefusal?
  ) async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk())
    #expect(issuer.refusal(try Keys.p256.token(issuer.claims(changes))) == refusal)
  }

  @Test func `times count with the skew and no further`() async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk())
    func refusal(_ name: String, _ offset: Int) throws -> TokenRefusal? {
      issuer.refusal(try Keys.p256.token(issuer.claims([name: issuer.seconds(offset)])))
    }
    #expect(try refusal("exp", -59) == nil)
    #expect(try refusal("exp", -60) == .expired)
    #expect(try refusal("nbf", 60) == nil)
    #expect(try refusal("nbf", 61) == .notYetValid)
    #expect(try refusal("iat", 61) == .notYetValid)
    let token = try Keys.p256.token(issuer.claims())
    issuer.clock.advance(by: .seconds(359))
    #expect(issuer.refusal(token) == nil)
    issuer.clock.advance(by: .seconds(1))
    #expect(issuer.refusal(token) == .expired)
  }

  @Test func `a public key is no secret to sign with`() async throws {
    let rsa = try #require(Keys.rsa)
    let issuer = try await IssuerFixture.with(rsa.jwk())
    let header = base64URL(Array(#"{"alg":"HS256","kid":"rsa","typ":"JWT"}"#.utf8))
    let signed = header + "." + base64URL(issuer.claims().encoded)
    let modulus = Array((rsa.jwk()["n"]?.string ?? "").utf8)
    let code = HMAC<SHA256>.authenticationCode(
      for: Array(signed.utf8), using: SymmetricKey(data: modulus))
    #expect(issuer.refusal(signed + "." + base64URL(Array(code))) == .algorithm)
  }

  @Test func `an algorithm that the provider does not use is refused, also with its own key`()
    async throws
  {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk(), algorithms: [.es256])
    let token = try Keys.ed25519.token(issuer.claims())
    #expect(issuer.refusal(token) == .algorithm)
  }

  @Test func `a key for one algorithm does not serve another`() async throws {
    let rsa = try #require(Keys.rsa)
    let issuer = try await IssuerFixture.with(rsa.jwk())
    #expect(
      issuer.refusal(try rsa.token(issuer.claims(), header: ["alg": "PS256"])) == .unknownKey)
  }

  @Test func `a key that the token brings along is not used`() async throws {
    let stranger = SigningKey.p256("p256")
    let issuer = try await IssuerFixture.with(Keys.p256.jwk())
    let token = try stranger.token(
      issuer.claims(), header: ["jwk": stranger.jwk(), "jku": "https://evil.example/keys"])
    #expect(issuer.refusal(token) == .signature)
    #expect(issuer.transport.requestCount == 1)
  }

  @Test(arguments: [
    #"{"alg":"none","alg":"ES256","kid":"p256"}"#, #"{"alg":"ES256","kid":"p256","kid":"x"}"#,
    #"["ES256"]"#, #"{"alg":"ES256","kid":"p256"} "#, "", "{",
  ])
  func `a header that can be read in two ways is refused`(header: String) async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk())
    let token = try Keys.p256.token(headerText: header, claimsText: issuer.claims().text)
    #expect(issuer.refusal(token) == (header.hasSuffix(" ") ? nil : .malformed))
  }

  @Test func `a claim that stands twice is refused`() async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk())
    let claims = issuer.claims().text.dropLast() + #","sub":"administrator"}"#
    let header = #"{"alg":"ES256","kid":"p256"}"#
    let token = try Keys.p256.token(headerText: header, claimsText: String(claims))
    #expect(issuer.refusal(token) == .malformed)
  }

  @Test func `a token has one spelling`() async throws {
    let issuer = try await IssuerFixture.with(Keys.ed25519.jwk())
    let token = try Keys.ed25519.token(issuer.claims())
    #expect(issuer.refusal(token) == nil)
    let parts = token.split(separator: ".").map(String.init)
    let last = try #require(token.last)
    // The last digit of 64 bytes has four bits that stand for nothing.
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let place = try #require(alphabet.firstIndex(of: last))
    let spellings = [
      token + "=", token + "==", token + ".", "." + token, token + "\n", " " + token,
      parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", "..", "", ".",
      parts[0] + "=." + parts[1] + "." + parts[2], token + "." + parts[2] + "." + parts[2],
      String(token.dropLast()) + String(alphabet[place ^ 1]), String(token.dropLast(2)),
      token.replacing("-", with: "+").replacing("_", with: "/") + "+",
    ]
    for spelling in spellings {
      let refusal = issuer.refusal(spelling)
      #expect(refusal == .malformed || refusal == .signature, "\(spelling)")
    }
  }

  @Test func `a huge token is not looked at`() async throws {
    let issuer = try await IssuerFixture.with(Keys.p256.jwk())
    let padding = JSONValue.string(String(repeating: "x", count: 4096))
    #expect(issuer.refusal(try Keys.p256.token(issuer.claims(["pad": padding]))) == .tooLarge)
    let deep = String(repeating: "[", count: 1000)
    let token = try Keys.p256.token(
      headerText: #"{"alg":"ES256","kid":"p256"}"#, claimsText: deep)
    #expect(issuer.refusal(token) == .malformed)
  }

  @Test func `no changed byte gets through`() async throws {
    let issuer = try await IssuerFixture.with(Keys.ed25519.jwk())
    let token = Array(try Keys.ed25519.token(issuer.claims()).utf8)
    for index in token.indices {
      var changed = token
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(issuer.refusal(String(decoding: changed, as: UTF8.self)) != nil, "\(index)")
    }
  }
}
