import GatewayCore
import TestSupport
import Testing

@testable import PoderoSimulator

/// Goal: the token endpoint gives tokens to the client alone, and every call asks for a valid one.
/// Method: requests to the core on a clock that is moved by hand.
@Suite struct OAuthTests {
  @Test func `the client gets a token that opens the API`() throws {
    let bench = Bench()
    let answer = try #require(bench.requestToken())
    #expect(answer.status == 200)
    #expect(answer.json?["expires_in"] == 36000)
    #expect(answer.json?["token_type"] == "Bearer")
    #expect(answer.json?["scope"] == "read write")
    #expect(bench.get(Bench.list)?.status == 200)
  }

  @Test(arguments: [
    "Basic ZGVtby1jbGllbnQ6d3Jvbmc=", "Basic !!!", "Bearer x", "Basic ZGVtby1jbGllbnQ=",
    "Basic b3RoZXI6YmVuY2gtc2VjcmV0",
  ])
  func `wrong client credentials are refused`(authorization: String) {
    let answer = Bench().requestToken(authorization: authorization)
    #expect(answer?.status == 401)
    #expect(answer?.json == ["error": "invalid_client"])
  }

  @Test(arguments: TokenBodyStyle.allCases)
  func `each style of body is taken or refused as set`(style: TokenBodyStyle) {
    let bench = Bench { $0.tokenBody = style }
    let form = bench.requestToken(
      type: "application/x-www-form-urlencoded", body: "grant_type=client%5Fcredentials")
    #expect(form?.status == (style == .json ? 400 : 200))
    let json = bench.requestToken()
    #expect(json?.status == (style == .form ? 400 : 200))
    if style == .json { #expect(form?.json == ["error": "unsupported_grant_type"]) }
  }

  @Test func `another grant type is refused`() {
    let answer = Bench().requestToken(body: #"{"grant_type":"password"}"#)
    #expect(answer?.status == 400)
    #expect(answer?.json == ["error": "unsupported_grant_type"])
  }

  @Test func `a token ends with its lifetime`() {
    let bench = Bench { $0.tokenLifetime = .seconds(60) }
    let header = [("Authorization", "Bearer \(bench.token())")]
    bench.clock.advance(by: .seconds(59))
    #expect(bench.send(.get, Bench.list, header)?.status == 200)
    bench.clock.advance(by: .seconds(1))
    let late = bench.send(.get, Bench.list, header)
    #expect(late?.status == 401)
    #expect(late?.json == ["detail": "Unauthorized"])
  }

  @Test func `revoked tokens stop working, new ones work`() {
    let bench = Bench()
    let header = [("Authorization", "Bearer \(bench.token())")]
    bench.core.revokeTokens()
    #expect(bench.send(.get, Bench.list, header)?.status == 401)
    #expect(bench.get(Bench.list)?.status == 200)
  }

  @Test func `expires_in can be left out, and secrets be exchanged`() {
    let bench = Bench { $0.omitsExpiresIn = true }
    #expect(bench.requestToken()?.json?["expires_in"] == nil)
    bench.core.changeSettings { $0.clientSecrets = [Secret("next")] }
    #expect(bench.requestToken()?.status == 401)
  }

  @Test(arguments: [nil, "Bearer nonsense", "Basic x"])
  func `calls without a valid token are refused`(authorization: String?) {
    let headers = authorization.map { [("Authorization", $0)] } ?? []
    for target in [Bench.base, Bench.list, Bench.detail, "\(Bench.detail)/statistics"] {
      #expect(Bench().send(.get, target, headers)?.status == 401)
    }
  }
}
