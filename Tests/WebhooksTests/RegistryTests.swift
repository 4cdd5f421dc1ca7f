import GatewayCore
import Testing

@testable import Webhooks

/// Goal: an outsider learns nothing, not even which hooks exist.
/// Method: answers compared byte by byte; the work for an unknown hook is looked at.
@Suite struct RegistryTests {
  private let good = [("Authorization", "Bearer secret")]
  private let bearer = HookVerifier.bearer(TokenDigest(hashing: "secret".utf8))
  private let hmac = HookVerifier.hmacSHA256(
    HMACScheme(secrets: [Secret("a"), Secret("b")], header: "X-Sig"))

  private var registry: HookRegistry {
    HookRegistry([
      hook(bearer), hook(bearer, name: "off", isEnabled: false), hook(hmac, name: "signed"),
      hook(openDoor, name: "secret-path"),
    ])
  }

  @Test func `every refusal of an outsider looks the same and is logged by its reason`() throws {
    let cases: [(String, HTTPRequest, String?, HookRefusal.Reason)] = [
      ("home", request("{}", [("Authorization", "Bearer wrong")]), nil, .wrongProof),
      ("home", request("{}"), nil, .missingProof), ("home", request("{"), nil, .missingProof),
      ("home", request("{}", good + good), nil, .repeatedHeader),
      ("home", request("{}", good), "x", .unexpectedToken),
      ("off", request("{}", good), nil, .disabledHook),
      ("off", request("{}"), nil, .disabledHook),
      ("nowhere", request("{}", good), nil, .unknownHook),
      ("signed", request("x", type: "text/plain"), nil, .missingProof),
      ("secret-path", request("{}"), nil, .missingProof),
      ("secret-path", request("{}"), "wrong", .wrongProof),
    ]
    let answers = try cases.map { name, request, token, reason in
      let refusal = try #require(throws: HookRefusal.self) {
        try registry.receive(request, hook: name, token: token, now: signingTime)
      }
      #expect(refusal.reason == reason, "\(name)")
      #expect(refusal.logReason == reason.rawValue)
      return refusal.fault.response(instance: "r")
    }
    #expect(answers.allSatisfy { $0 == answers[0] })
    #expect(answers[0].status == 401 && answers[0]["WWW-Authenticate"] != nil)
  }

  @Test func `an unknown hook does the work of one of the known ones, always of the same`() {
    let names = (0..<64).map { "unknown-\($0)" }
    let kinds = names.map { name in
      switch registry.decoy(for: name) {
      case .bearer: "bearer"
      case .hmacSHA256(let scheme): "hmac of \(scheme.keys.count)"
      case .pathToken: "path"
      default: "other"
      }
    }
    #expect(Set(kinds) == ["bearer", "hmac of 2", "path"])
    for name in names {
      #expect("\(registry.decoy(for: name))" == "\(registry.decoy(for: name))")
    }
  }

  @Test func `the decoy's work is the real work, and still nobody gets in`() throws {
    let registry = HookRegistry([hook(hmac, name: "signed")])
    let forged = hexadecimal(signature("{}", by: [UInt8](repeating: 0, count: 32)))
    let request = request("{}", [("X-Sig", forged)])
    #expect(registry.decoy(for: "x").fault(in: request, token: nil, now: signingTime) == nil)
    let refusal = try #require(throws: HookRefusal.self) {
      try registry.receive(request, hook: "x", token: nil, now: signingTime)
    }
    #expect(refusal.reason == .unknownHook)
    #expect(reason(request, hmac) == .wrongProof, "the decoy's secret opens no real hook")
  }

  @Test func `no decoy knows a real secret`() {
    let genuine = request("{}", good)
    #expect(bearer.fault(in: genuine, token: nil, now: signingTime) == nil)
    #expect(bearer.decoy.fault(in: genuine, token: nil, now: signingTime) == .wrongProof)
    #expect(openDoor.decoy.fault(in: genuine, token: "t", now: signingTime) == .wrongProof)
    let basic = HookVerifier.basic(user: "u", password: TokenDigest(hashing: "p".utf8))
    let pair = request("{}", [("Authorization", "Basic " + base64("u:p".utf8))])
    #expect(basic.fault(in: pair, token: nil, now: signingTime) == nil)
    #expect(basic.decoy.fault(in: pair, token: nil, now: signingTime) == .wrongProof)
  }

  @Test func `an empty registry refuses everybody`() throws {
    let refusal = try #require(throws: HookRefusal.self) {
      try HookRegistry([]).receive(request(), hook: "home", token: nil, now: signingTime)
    }
    #expect(refusal.reason == .unknownHook && refusal.fault.status == 401)
    #expect(HookRegistry([])["home"] == nil && registry["off"]?.isEnabled == false)
  }

  @Test func `nothing is parsed before the source is known`() {
    #expect(reason(request("{", type: "text/plain"), bearer) == .missingProof)
  }
}
