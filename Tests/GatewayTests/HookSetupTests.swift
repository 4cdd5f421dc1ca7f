import Configuration
import Credentials
import GatewayCore
import Glibc
import HeatPumps
import TestSupport
import Testing
import Webhooks

@testable import Gateway

/// Goal: configured hooks become a registry that lets their sources in, or the start says why not.
/// Method: configurations as values, an environment that is scripted.
@Suite struct HookSetupTests {
  private static let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private let reader = SecretReader { name in
    ["GOOD": key, "PLAIN": "It's a Secret to Everybody", "SHORT": "whsec_AAAA"][name]
  }
  private let log = LogRecorder()

  private func hook(_ name: String, _ verification: HookVerification) -> HookConfiguration {
    var hook = HookConfiguration(
      name: name, organisation: "acme", verification: verification, eventID: .bodyHash,
      heatPumps: .only([smithPump]), target: .heatPump(smithPump))
    hook.storesBody = false
    hook.rules = [EventRule(name: "r", conditions: [], action: .command(.resume, with: [:]))]
    return hook
  }

  @Test func `a configured source is let in with all that was configured`() throws {
    var hmac = HMACVerification(secrets: [.environment("PLAIN")], header: "X-Hub-Signature-256")
    hmac.prefix = "sha256="
    let registry = try HookSetup.registry(
      [
        hook("hmac", .hmacSHA256(hmac)),
        hook("std", .standardWebhooks(secrets: [.environment("GOOD")])),
      ],
      reader: reader, logger: log.logger)
    let request = HTTPRequest(
      method: .post, target: "/v1/hooks/hmac",
      headers: [
        (
          "X-Hub-Signature-256",
          "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        ), ("Content-Type", "application/json"),
      ], body: Array("Hello, World!".utf8))
    let refusal = try #require(throws: HookRefusal.self) {
      try registry.receive(request, hook: "hmac", token: nil, now: ManualClock().wall)
    }
    // Let in, and then no JSON.
    #expect(refusal.reason == .malformedBody)
    let made = try #require(registry["std"])
    #expect(made.organisation == "acme" && made.isEnabled && !made.storesBody)
    #expect(made.heatPumps == .only([smithPump]) && made.target == .heatPump(smithPump))
    #expect(made.eventID == .bodyHash && made.rules.all.map(\.name) == ["r"])
  }

  @Test func `a token's hash is taken over`() throws {
    let hash = try #require(KeyHash(hexadecimal: KeyMaker.hash(of: "token")))
    let registry = try HookSetup.registry(
      [hook("token", .pathToken(hash))], reader: reader, logger: log.logger)
    let request = HTTPRequest(
      method: .post, target: "/", headers: [plainJSON], body: Array("{}".utf8))
    let event = try registry.receive(
      request, hook: "token", token: "token", now: ManualClock().wall)
    #expect(event.hook.name == "token" && event.storedBody() == nil)
  }

  @Test func `all secrets that cannot be used are named together, without their values`() throws {
    let hooks = [
      hook("a", .standardWebhooks(secrets: [.environment("SHORT"), .environment("PLAIN")])),
      hook("b", .hmacSHA256(HMACVerification(secrets: [.environment("GONE")], header: "X"))),
    ]
    let fault = try #require(throws: GatewayApplication.StartFault.self) {
      try HookSetup.registry(hooks, reader: reader, logger: log.logger)
    }
    for words in ["hook a: env SHORT", "hook a: env PLAIN", "hook b: env GONE is missing"] {
      #expect(fault.description.contains(words), "\(fault)")
    }
    #expect(!fault.description.contains("Everybody") && !fault.description.contains("AAAA"))
  }

  @Test func `a secret's file that everybody can read is warned of`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.key, to: "secret")
    #expect(chmod(path, 0o644) == 0)
    _ = try HookSetup.registry(
      [hook("a", .standardWebhooks(secrets: [.file(path)]))], reader: reader, logger: log.logger)
    #expect(log.text.contains("can be read by every user"))
  }
}
