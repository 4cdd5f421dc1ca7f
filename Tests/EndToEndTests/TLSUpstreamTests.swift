import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: an upstream behind TLS is trusted by its authority alone.
/// Method: nginx with a private authority in front of a simulator, HTTP/2 offered.
@Suite(.enabled(if: NginxServer.isAvailable)) struct TLSUpstreamTests {
  @Test func `with its authority the upstream is read and written`() async throws {
    try await withTLS { proxy, simulator in
      var setup = GatewaySetup(origin: proxy.origin)
      setup.organisation["ca_file"] = .string(proxy.caFile)
      let gateway = try await GatewayProcess.start(setup)
      let client = HTTPClient(port: gateway.port, key: .portal, transcript: Locked([]))
      #expect(try await client.get("/v1/heat-pumps/smith-home").status == 200)
      let write = try await client.patch(
        "/v1/heat-pumps/smith-home", patch("/space_cooling/enabled", true))
      #expect(write.at("/write/status")?.string == "applied")
      #expect(simulator.updates().count == 1)
      #expect(try await gateway.terminate() == .exited(0))
    }
  }

  @Test func `without it nothing is sent, and the log says why`() async throws {
    try await withTLS { proxy, simulator in
      let gateway = try await GatewayProcess.start(GatewaySetup(origin: proxy.origin))
      let client = HTTPClient(port: gateway.port, key: .portal, transcript: Locked([]))
      let answer = try await client.get("/v1/heat-pumps/smith-home")
      // The token comes first, so it is the token that is not to be had.
      #expect(
        ["502 upstream-unreachable", "503 upstream-unavailable"].contains(answer.verdict))
      try await gateway.waitForLine("about TLS") { line in
        line.text.contains("tls")
      }
      #expect(simulator.requestCount(.token) == 0)
      #expect(try await gateway.terminate() == .exited(0))
    }
  }

  private func withTLS(
    _ body: (NginxServer, PoderoSimulator) async throws -> Void
  ) async throws {
    let simulator = try await PoderoSimulator.start()
    let proxy = try await NginxServer.start(.proxy(simulator.origin))
    do {
      try await body(proxy, simulator)
    } catch {
      try await proxy.stop()
      throw error
    }
    try await proxy.stop()
    await simulator.stop()
  }
}
