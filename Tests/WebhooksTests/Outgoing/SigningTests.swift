import GatewayCore
import TestSupport
import Testing
import Webhooks

/// Goal: a receiver that follows the Standard Webhooks specification accepts what we sign.
/// Method: the vectors that the specification's libraries publish, and near misses.
@Suite struct SigningTests {
  private let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  private func signingSecret(_ text: String) -> SigningSecret? {
    SigningSecret(parsing: Secret(text))
  }

  private func revealed(_ secret: Secret) -> String {
    secret.withBytes { bytes in
      String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
  }

  private func message(_ id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek") throws
    -> StandardWebhooksMessage
  {
    try #require(
      StandardWebhooksMessage(
        id: id, timestamp: Timestamp(microseconds: 1_614_265_330_999_999),
        body: Array(#"{"test": 2432232314}"#.utf8)))
  }

  @Test func `the published vector holds`() throws {
    let signature = try message().signatures([#require(signingSecret(key))])
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func `the headers carry what was signed`() throws {
    let headers = try message().headers(signedWith: [#require(signingSecret(key))])
    #expect(
      headers == [
        .init("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        .init("webhook-timestamp", "1614265330"),
        .init("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
      ])
  }

  @Test func `while a secret is replaced, both sign`() throws {
    let old = try #require(signingSecret(key))
    let new = SigningSecret.make(random: SeededRandom(seed: 3))
    let signatures = try message().signatures([new, old]).split(separator: " ")
    #expect(signatures.count == 2)
    #expect(try signatures[0] == message().signatures([new]))
    #expect(try signatures[1] == message().signatures([old]))
    #expect(signatures[0] != signatures[1])
  }

  @Test func `id, time and body are all signed`() throws {
    let signing = try #require(signingSecret(key))
    let one = try message().signatures([signing])
    #expect(try message("msg_p5jXN8AQM9LWM0D4loKWxJel").signatures([signing]) != one)
    for (microseconds, body) in [
      (Int64(1_614_265_331_000_000), #"{"test": 2432232314}"#),
      (1_614_265_330_000_000, #"{"test":2432232314}"#),
    ] {
      let other = try #require(
        StandardWebhooksMessage(
          id: message().id, timestamp: Timestamp(microseconds: microseconds),
          body: Array(body.utf8)))
      #expect(other.signatures([signing]) != one)
    }
  }

  @Test(arguments: ["", "a.b", "a b", "a\r\nb", "é", String(repeating: "a", count: 257)])
  func `an id that would blur the parts is refused`(id: String) {
    #expect(
      StandardWebhooksMessage(id: id, timestamp: Timestamp(microseconds: 0), body: []) == nil)
  }

  @Test func `a new secret has 32 bytes and is read back from its text`() throws {
    let made = SigningSecret.make(random: SeededRandom(seed: 1))
    let text = revealed(made.text)
    #expect(text.hasPrefix("whsec_") && text.utf8.count == 6 + 44)
    #expect(signingSecret(text) == made)
    #expect(SigningSecret.make(random: SeededRandom(seed: 2)) != made)
    #expect(SigningSecret.make() != SigningSecret.make())
    #expect(try revealed(#require(signingSecret(key)).text) == key)
  }

  @Test(arguments: [(23, false), (24, true), (64, true), (65, false)])
  func `a secret has 24 to 64 bytes`(count: Int, isAllowed: Bool) {
    let bytes = [UInt8](repeating: 7, count: count)
    #expect((SigningSecret(bytes: Secret(bytes)) != nil) == isAllowed)
    #expect((signingSecret("whsec_" + Base64.text(bytes)) != nil) == isAllowed)
  }

  @Test(arguments: [
    "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-",
    "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  ])
  func `any other text is no secret`(text: String) {
    #expect(signingSecret(text) == nil)
  }

  @Test func `a secret does not show in text`() {
    let made = SigningSecret.make(random: SeededRandom(seed: 1))
    #expect(!"\(made)".contains(revealed(made.text).dropFirst(6)))
    #expect("\(made)".contains("<redacted>"))
  }
}
