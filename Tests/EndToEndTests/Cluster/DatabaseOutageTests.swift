import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: a database server that is away stops nobody from reading, and its return is noticed.
/// Method: a real gateway on a server of the test's own, which is stopped and started.
@Suite struct DatabaseOutageTests {
  @Test func `reads go on, writes are told to come back, and nobody restarts anything`()
    async throws
  {
    try await withCluster(of: 1) { cluster in
      let client = cluster.portal(0)
      #expect(try await client.get(cluster.path(1)).status == 200)
      try await cluster.database.stop()
      let refused = try await client.patch(
        cluster.path(1), patch("/hot_water/standard_temperature", 50))
      #expect(refused.verdict == "503 storage-unavailable")
      #expect(refused.headers["retry-after"].flatMap { Int($0) } ?? 0 > 0)
      #expect(try await client.get(cluster.path(1)).status == 200)
      #expect(try await client.get(cluster.path(2)).status == 200)
      try await eventually("a readiness that says so") {
        let ready = try await client.get("/readyz")
        return ready.status == 200 && ready.text.contains("\"storage\":\"unavailable\"")
      }
      #expect(cluster.simulator.updates().isEmpty)
      try await cluster.database.start()
      try await eventually("a write") {
        try await client.patch(cluster.path(1), patch("/hot_water/standard_temperature", 50))
          .status == 200
      }
      try await eventually("a readiness that says so") {
        try await client.get("/readyz").text.contains("\"storage\":\"ok\"")
      }
    }
  }

  @Test func `a gateway starts before its database does`() async throws {
    try await withCluster(of: 0) { cluster in
      try await cluster.database.stop()
      let gateway = try await GatewayProcess.start(cluster.setup)
      let client = HTTPClient(port: gateway.port, key: .portal, transcript: Locked([]))
      #expect(try await client.get(cluster.path(1)).status == 200)
      let body = patch("/hot_water/standard_temperature", 50)
      #expect(try await client.patch(cluster.path(1), body).verdict == "503 storage-unavailable")
      try await cluster.database.start()
      try await eventually("a write") {
        try await client.patch(cluster.path(1), body).status == 200
      }
      #expect(try await gateway.terminate() == .exited(0))
      #expect(!gateway.rawLog.contains { $0.contains(cluster.database.folder) })
    }
  }
}
