import Foundation
import HeatPumpClient
import Testing

/// Goal: a delivery is taken if it is the gateway's and fresh, and never otherwise.
/// Method: the example of the Standard Webhooks specification, and changes of it.
@Suite struct WebhookVerifierTests {
  private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private let body = Data(#"{"test": 2432232314}"#.utf8)
  private let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
  private let now = Date(timeIntervalSince1970: 1_614_265_330)

  private func isGenuine(
    body: Data? = nil, id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: String = "1614265330", signature: String? = nil, after seconds: Double = 0
  ) throws -> Bool {
    try #require(WebhookVerifier(secret: secret)).isGenuine(
      body: body ?? self.body, id: id, timestamp: timestamp,
      signature: signature ?? self.signature, now: now.addingTimeInterval(seconds))
  }

  @Test func `the specification's own example is genuine`() throws {
    #expect(try isGenuine())
    #expect(try isGenuine(signature: "v1,AAAA v2,x " + signature))
    #expect(try isGenuine(after: 299) && isGenuine(after: -299))
  }

  @Test func `anything else is not`() throws {
    #expect(try !isGenuine(body: body + Data(" ".utf8)))
    #expect(try !isGenuine(id: "msg_other"))
    #expect(try !isGenuine(timestamp: "1614265331"))
    #expect(try !isGenuine(timestamp: "soon"))
    #expect(try !isGenuine(signature: ""))
    #expect(try !isGenuine(signature: String(signature.dropFirst(3))))
    #expect(try !isGenuine(after: 301))
    #expect(try !isGenuine(after: -301))
    for text in ["", "whsec_", "whsec_???", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
      #expect(WebhookVerifier(secret: text) == nil)
    }
  }
}
