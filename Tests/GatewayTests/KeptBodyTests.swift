import GatewayCore
import HeatPumps
import Testing
import Webhooks

@testable import Gateway

/// Goal: what is stored of an event reads back as what came, and never as more than may be kept.
/// Method: bodies in both formats, whole and redacted.
@Suite struct KeptBodyTests {
  private func stored(
    _ body: String, type: String = "application/json", storesBody: Bool = true,
    redacted: [String] = []
  ) throws -> [UInt8]? {
    let hook = Hook(
      name: "house", organisation: "acme", verifier: .standardWebhooks(keys: SigningKeys([])),
      eventID: .bodyHash, heatPumps: .all, target: .pointer("/device"), rules: [],
      storesBody: storesBody, redactedPointers: redacted)
    return KeptBody.bytes(of: try hook.read(unproven: Array(body.utf8), type: type))
  }

  @Test(arguments: [
    "{}", #" { "a" : [ 1.50 , "\u0041" ] , "b" : { "c" : null } } "#,
    #"{"body":1,"format":"form"}"#,
  ])
  func `JSON reads back as it came`(body: String) throws {
    let kept = KeptBody(bytes: try #require(try stored(body)))
    #expect(kept?.body == EventBody(try JSONValue(parsing: Array(body.utf8))))
  }

  @Test func `a form reads back as a form`() throws {
    let type = "application/x-www-form-urlencoded"
    let kept = KeptBody(bytes: try #require(try stored("a=1&b=x&b=y", type: type)))
    #expect(kept?.body == EventBody(["a": "1", "b": ["x", "y"]], format: .form))
  }

  @Test func `what is redacted is not stored`() throws {
    let bytes = try #require(try stored(#"{"who":"Ada","a":1}"#, redacted: ["/who"]))
    #expect(!String(decoding: bytes, as: UTF8.self).contains("Ada"))
    #expect(KeptBody(bytes: bytes)?.body == EventBody(["who": "[redacted]", "a": 1]))
    #expect(try stored(#"{"a":1}"#, storesBody: false) == nil)
  }
}
