import GatewayCore
import Testing

@testable import Webhooks

/// Goal: a signature counts if, and only if, one of the secrets made it over these very bytes.
/// Method: published vectors, then requests that differ from a good one in one thing.
@Suite struct SignatureTests {
  // Of the Standard Webhooks libraries' own tests.
  private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
  private static let body = "{\"test\": 2432232314}"
  private static let signed = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

  private func standard(
    id: String = id, time: String = "1614265330", signature: String = signed, body: String = body,
    more: [(String, String)] = []
  ) -> HTTPRequest {
    request(
      body,
      [("webhook-id", id), ("Webhook-Timestamp", time), ("webhook-signature", signature)] + more)
  }

  private func verifier(_ others: [UInt8]...) throws -> HookVerifier {
    let key = try #require(WebhookKey.key(in: Secret(Self.secret)))
    return .standardWebhooks(keys: SigningKeys(others.map { Secret($0) } + [key]))
  }

  @Test func `the published vector of Standard Webhooks is genuine`() throws {
    #expect(reason(standard(), try verifier()) == nil)
  }

  @Test func `with several secrets or signatures one pair is enough`() throws {
    let old = [UInt8](repeating: 7, count: 32)
    #expect(reason(standard(), try verifier(old)) == nil)
    let byOld = base64(signature("\(Self.id).1614265330.\(Self.body)", by: old))
    let both = standard(signature: "v1,\(byOld) v1a,AAAA \(Self.signed)")
    #expect(reason(both, try verifier()) == nil)
    #expect(reason(standard(signature: "v1,\(byOld)"), try verifier(old)) == nil)
    #expect(reason(standard(signature: "v1,\(byOld)"), try verifier()) == .wrongProof)
  }

  @Test(arguments: [
    (id, "1614265330", signed, "{\"test\": 2432232315}"),
    (id, "1614265331", signed, body), ("msg_other", "1614265330", signed, body),
    (id, "1614265330", "v1,AAAA", body), (id, "1614265330", "v2" + signed.dropFirst(2), body),
    (id, "1614265330", String(signed.dropFirst(3)), body), (id, "1614265330", "v1,", body),
    (id, "1614265330", signed.replacing("+", with: "-"), body),
    (id, "1614265330", String(signed.dropLast()), body), (id, "1614265330", "", body),
  ])
  func `what was tampered with is not genuine`(
    id: String, time: String, signature: String, body: String
  ) throws {
    let request = standard(id: id, time: time, signature: signature, body: body)
    #expect(reason(request, try verifier()) == .wrongProof)
  }

  @Test(arguments: [(-300, true), (-301, false), (300, true), (301, false)])
  func `a signed time counts within five minutes`(seconds: Int, isTaken: Bool) throws {
    let now = signingTime + .seconds(seconds)
    #expect(reason(standard(), try verifier(), now: now) == (isTaken ? nil : .staleTimestamp))
  }

  @Test(arguments: ["2021-02-25T15:02:10Z", "1614265330000", "1614265330.0", "-5", " ", "x"])
  func `a signed time in another form is stale`(time: String) throws {
    let key = [UInt8](repeating: 1, count: 32)
    let text = time.trimmingBlanks
    let good = "v1," + base64(signature("1.\(text).{}", by: key))
    let request = standard(id: "1", time: time, signature: good, body: "{}")
    #expect(reason(request, try verifier(key)) == .staleTimestamp)
  }

  @Test(arguments: ["webhook-id", "webhook-timestamp", "webhook-signature"])
  func `a header of the proof must stand exactly once`(name: String) throws {
    let values = ["webhook-id": Self.id, "webhook-timestamp": "1614265330"]
    let twice = standard(more: [(name.uppercased(), values[name] ?? Self.signed)])
    #expect(reason(twice, try verifier()) == .repeatedHeader)
    let headers = standard().headers.filter { $0.name != name }
    let without = HTTPRequest(
      method: .post, target: "/", headers: headers, body: Array(Self.body.utf8))
    #expect(reason(without, try verifier()) == .missingProof)
  }

  @Test(arguments: [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_", "", "whsec_MfKQ9r8GKYqrTwjUPD8=",
    "whsec_!fKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
  ])
  func `a secret of another form is refused`(text: String) {
    #expect(WebhookKey.key(in: Secret(text)) == nil)
  }

  @Test func `a secret goes without its prefix, too`() {
    let plain = WebhookKey.key(in: Secret(String(Self.secret.dropFirst(6))))
    #expect(plain == WebhookKey.key(in: Secret(Self.secret)))
    #expect(plain?.count == 24)
  }

  @Test(arguments: [
    (
      [UInt8](repeating: 0x0B, count: 20), "Hi There",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      [UInt8](repeating: 0xAA, count: 131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ])
  func `the vectors of RFC 4231 are genuine`(key: [UInt8], body: String, digits: String) {
    let hex = HMACScheme(secrets: [Secret(key)], header: "X-Sig", prefix: "sha256=")
    func check(_ value: String, _ scheme: HMACScheme) -> HookRefusal.Reason? {
      reason(request(body, [("x-sig", value)]), .hmacSHA256(scheme))
    }
    // Genuine, and then no JSON.
    #expect(check("sha256=" + digits, hex) == .malformedBody)
    #expect(check("sha256=" + digits.uppercased(), hex) == .malformedBody)
    #expect(check(digits, hex) == .wrongProof)
    #expect(check("SHA256=" + digits, hex) == .wrongProof)
    #expect(check("sha256=" + digits + "00", hex) == .wrongProof)
    #expect(check("sha256=" + digits.dropLast(), hex) == .wrongProof)
    #expect(check("sha256=", hex) == .wrongProof)
    #expect(check("sha256=" + digits.replacing("f", with: "g"), hex) == .wrongProof)
    var encoded = HMACScheme(secrets: [Secret("old"), Secret(key)], header: "X-Sig")
    encoded.encoding = .base64
    #expect(check(base64(signature(body, by: key)), encoded) == .malformedBody)
  }

  @Test func `prepared secrets show nothing of themselves`() {
    var shown = ""
    dump(HMACScheme(secrets: [Secret("old"), Secret("new")], header: "X-Sig"), to: &shown)
    #expect(shown.contains("<2 redacted>"))
    #expect(!shown.contains("asher"))
  }

  @Test(
    arguments: [
      ("1614265330", nil), ("2021-02-25T15:02:10Z", nil), ("2021-02-25T16:02:10+01:00", nil),
      ("1614265029", .staleTimestamp), ("2021-02-25T15:08:00Z", .staleTimestamp),
      ("yesterday", .staleTimestamp),
    ] as [(String, HookRefusal.Reason?)])
  func `an HMAC covers its timestamp`(time: String, expected: HookRefusal.Reason?) {
    var scheme = HMACScheme(secrets: [Secret("s")], header: "X-Sig")
    scheme.timestampHeader = "X-Time"
    let good = hexadecimal(signature(time + ".{}", by: Array("s".utf8)))
    let verifier = HookVerifier.hmacSHA256(scheme)
    #expect(reason(request("{}", [("X-Sig", good), ("X-Time", time)]), verifier) == expected)
    #expect(reason(request("{ }", [("X-Sig", good), ("X-Time", time)]), verifier) == .wrongProof)
    let bodyOnly = hexadecimal(signature("{}", by: Array("s".utf8)))
    let moved = request("{}", [("X-Sig", bodyOnly), ("X-Time", time)])
    #expect(reason(moved, verifier) == .wrongProof)
    #expect(reason(request("{}", [("X-Sig", good)]), verifier) == .missingProof)
    let twice = request("{}", [("X-Sig", good), ("X-Time", time), ("x-time", time)])
    #expect(reason(twice, verifier) == .repeatedHeader)
  }

  @Test(
    arguments: [
      ("", []), ("Zg==", [0x66]), ("Zm8=", [0x66, 0x6F]), ("Zm9v", [0x66, 0x6F, 0x6F]),
      ("+/+/", [0xFB, 0xFF, 0xBF]), ("Zg=", nil), ("Zg", nil), ("Zh==", nil), ("Zm9=", nil),
      ("Z===", nil), ("====", nil), ("Zg==Zg==", nil), ("Z=g=", nil), ("Zm 9", nil), ("-_-_", nil),
    ] as [(String, [UInt8]?)])
  func `base 64 is read strictly`(text: String, bytes: [UInt8]?) {
    #expect(Base64.bytes(Array(text.utf8).span) == bytes)
  }
}

extension String {
  /// As a header's value arrives.
  fileprivate var trimmingBlanks: String { String(drop { $0 == " " }) }
}
