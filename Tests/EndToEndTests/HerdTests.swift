import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: a thousand who ask at once cost the upstream one request.
/// Method: a thousand raw connections, while the simulator holds its one answer back.
@Suite struct HerdTests {
  @Test func `a thousand cold readers are one upstream request and one token`() async throws {
    try await withStage { stage in
      let crowd = 1000
      stage.simulator.setFault(SimulatorFault(.hang(), call: .detail))
      let request = [
        "GET /v1/heat-pumps/smith-home HTTP/1.1", "Host: gateway", "Connection: close",
        "Authorization: Bearer \(TestKey.portal.key)", "", "",
      ].joined(separator: "\r\n")
      let readers = try (0..<crowd).map { _ in
        try RawHTTPClient(port: stage.gateway.port, timeout: 60)
      }
      for reader in readers { try await reader.send(request) }
      await stage.simulator.waitForRequests(.detail, count: 1)
      try await eventually("crowd at the gateway", within: .seconds(60)) {
        try await stage.metric("requests_suspended") == Double(crowd)
      }
      stage.simulator.clearFaults()
      var bodies: Set<String> = []
      var statuses: [Int: Int] = [:]
      for reader in readers {
        let answer = try await reader.answer()
        bodies.insert(answer.body)
        statuses[answer.status, default: 0] += 1
      }
      #expect(statuses == [200: crowd])
      #expect(bodies.count == 1)
      #expect(stage.simulator.requestCount(.detail) == 1)
      #expect(stage.simulator.requestCount(.token) == 1)
      let reads = #"reads_total{organisation="acme",outcome="fetched"}"#
      #expect(try await stage.metric(reads) == Double(crowd))
    }
  }
}
