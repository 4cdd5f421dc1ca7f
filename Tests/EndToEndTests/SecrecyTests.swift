import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: no secret leaves the gateway but towards the upstream.
/// Method: recognisable secrets, everything logged, an upstream that shouts what it was told, and a
/// search through all that the gateway said.
@Suite struct SecrecyTests {
  private static let clientSecret = "canary-client-secret-3f9a"
  private static let token = "canaryAccessToken7c21"
  // base64 of "demo-client:" and the secret, as it goes over the wire.
  private static let basic = "ZGVtby1jbGllbnQ6Y2FuYXJ5LWNsaWVudC1zZWNyZXQtM2Y5YQ=="

  @Test func `secrets are in no answer, log line, metric, status or command line`() async throws {
    let heatPump = try await upstreamDocument()
    let fails = Locked(false)
    let upstream = try ScriptedServer { request in
      let shout = request["authorization"] ?? "nothing"
      switch request.lines.first?.split(separator: " ").first {
      case "POST" where fails.withLock { $0 }:
        return upstreamAnswer(
          400, json: #"{"error":"invalid_client","error_description":"\#(shout)"}"#)
      case "POST":
        return upstreamAnswer(
          200, json: #"{"access_token":"\#(Self.token)","token_type":"Bearer","expires_in":600}"#)
      case _ where fails.withLock { $0 }:
        return upstreamAnswer(401, json: #"{"detail":"\#(shout)"}"#)
      case "PUT": return upstreamAnswer(500, json: #"{"detail":"\#(shout)"}"#)
      default: return upstreamAnswer(200, json: heatPump.text)
      }
    }
    defer { upstream.stop() }
    var setup = GatewaySetup(origin: "http://127.0.0.1:\(upstream.port)")
    setup.files["secret"] = Self.clientSecret + "\n"
    setup.organisationFiles["client_secret"] = "secret"
    setup.logLevel = "trace"
    setup.setTinyCache()
    setup.setTimeouts(total: "PT2S")
    let gateway = try await GatewayProcess.start(setup)
    let transcript = Locked<[String]>([])
    let full = HTTPClient(port: gateway.port, key: .full, transcript: transcript)
    let admin = HTTPClient(port: gateway.adminPort, key: .operator, transcript: transcript)
    let path = "/v1/heat-pumps/smith-home"
    for isFailing in [false, true] {
      fails.withLock { $0 = isFailing }
      for query in ["", "?view=upstream", "/statistics?resolution=1DAY"] {
        _ = try await full.get(path + query)
      }
      _ = try await full.patch(path, patch("/pause/active", true))
      _ = try await full.post(path + "/commands/resume")
      _ = try await full.send("PATCH", path, ["Content-Type": "text/plain"], body: [0x7B])
      for page in ["/metrics", "/admin/status", "/admin/nothing"] { _ = try await admin.get(page) }
      for page in ["/readyz", "/openapi.json", "/docs"] { _ = try await full.get(page) }
    }
    let arguments = readFile("/proc/\(gateway.id)/cmdline") ?? []
    #expect(!arguments.isEmpty)
    #expect(try await gateway.terminate() == .exited(0))

    // The witness has really heard them.
    #expect(upstream.requests.contains { $0["authorization"] == "Basic " + Self.basic })
    #expect(upstream.requests.contains { $0["authorization"] == "Bearer " + Self.token })
    #expect(gateway.log.contains { $0["level"]?.string == "debug" })
    let said =
      gateway.rawLog + transcript.withLock { $0 } + [String(decoding: arguments, as: UTF8.self)]
    #expect(said.count > 30)
    for secret in [
      Self.clientSecret, Self.token, Self.basic, TestKey.full.key, TestKey.operator.key,
      TestKey.full.sha256,
    ] {
      let leaks = said.filter { $0.contains(secret) }
      #expect(leaks == [])
    }
  }
}
