import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: several gateways fetch as many tokens as one would, and one more when whoever fetches dies.
/// Method: real gateways on one schema; the simulator counts.
@Suite struct ClusterTokenTests {
  @Test func `three gateways use one token, and fetch one more when it is revoked`() async throws {
    try await withCluster(of: 3) {
      $0.setTinyCache()
    } _: { cluster in
      try await cluster.readEverywhere()
      #expect(cluster.simulator.requestCount(.token) == 1)
      cluster.simulator.revokeTokens()
      try await cluster.readEverywhere()
      try await cluster.readEverywhere()
      #expect(cluster.simulator.requestCount(.token) == 2)
    }
  }

  @Test func `a gateway that starts later uses the token that is there`() async throws {
    try await withCluster(of: 1) { cluster in
      #expect(try await cluster.portal(0).get(cluster.path(1)).status == 200)
      let late = try await GatewayProcess.start(cluster.setup)
      let client = HTTPClient(port: late.port, key: .portal, transcript: Locked([]))
      #expect(try await client.get(cluster.path(1)).status == 200)
      #expect(cluster.simulator.requestCount(.token) == 1)
      #expect(try await late.terminate() == .exited(0))
    }
  }

  @Test func `when whoever fetches dies, another does, once`() async throws {
    try await withCluster(of: 0) { cluster in
      cluster.simulator.setFault(SimulatorFault(.hang(applied: false), call: .token))
      let first = try await GatewayProcess.start(cluster.setup)
      await cluster.simulator.waitForRequests(.token, count: 1)
      let others = [
        try await GatewayProcess.start(cluster.setup),
        try await GatewayProcess.start(cluster.setup),
      ]
      first.signal(9)
      cluster.simulator.clearFaults()
      for gateway in others {
        let client = HTTPClient(port: gateway.port, key: .portal, transcript: Locked([]))
        try await eventually("an answer", within: .seconds(30)) {
          try await client.get(cluster.path(1)).status == 200
        }
      }
      #expect(cluster.simulator.requestCount(.token) == 2)
      for gateway in others { #expect(try await gateway.terminate() == .exited(0)) }
    }
  }

  @Test func `a gateway with another key does not start`() async throws {
    try await withCluster(of: 1) { cluster in
      var setup = cluster.setup
      setup.environment["SHARED_KEY"] = Base64.text(Array(repeating: 8, count: 32))
      let other = try await GatewayProcess.launch(setup)
      #expect(try await other.wait() == .exited(71))
      let words = "storage.encryption_key is another one than that of the gateways"
      #expect(other.rawLog.contains { $0.contains(words) }, "\(other.rawLog)")
    }
  }

  @Test func `nor is one ready that finds it out later`() async throws {
    try await withCluster(of: 1) { cluster in
      try await cluster.database.stop()
      var setup = cluster.setup
      setup.environment["SHARED_KEY"] = Base64.text(Array(repeating: 8, count: 32))
      let other = try await GatewayProcess.start(setup)
      let client = HTTPClient(port: other.port, key: .portal, transcript: Locked([]))
      #expect(try await client.get("/readyz").status == 200)
      try await cluster.database.start()
      try await eventually("a refusal", within: .seconds(30)) {
        let answer = try await client.get("/readyz")
        return answer.status == 503 && answer.at("/storage") == "other_key"
      }
      #expect(try await other.terminate() == .exited(0))
    }
  }
}

extension Cluster {
  /// Reads a heat pump through each gateway, all at once.
  fileprivate func readEverywhere() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for number in gateways.indices {
        group.addTask { try await self.portal(number).get(self.path(number + 1)).status }
      }
      for try await status in group { #expect(status == 200) }
    }
  }
}
