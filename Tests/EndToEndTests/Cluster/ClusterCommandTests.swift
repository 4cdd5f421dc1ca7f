import GatewayCore
import TestSupport
import Testing

/// Goal: operators look at what is on a server as they do at a file, and are told how to back it up.
@Suite struct ClusterCommandTests {
  @Test func `audit and events are read from the server, and backup names pg_dump`() async throws {
    try await withCluster(of: 1) { cluster in
      let body = patch("/hot_water/standard_temperature", decimal("52.5"))
      #expect(try await cluster.portal(0).patch(cluster.path(1), body).status == 200)
      let verified = try await cluster.run(["audit", "verify"])
      #expect(verified.ending == .exited(0))
      #expect(verified.output.first?.hasPrefix("1 records, chain intact") == true)
      let listed = try await cluster.run(["audit", "list", "--json"])
      #expect(listed.output.count == 1 && listed.output[0].contains("standard_temperature"))
      let events = try await cluster.run(["hook-events", "list"])
      #expect(events.ending == .exited(0) && events.output.isEmpty)
      let backup = try await cluster.run(["backup", "/tmp/never-made"])
      #expect(backup.ending == .exited(66))
      #expect(backup.errors.joined().contains("use pg_dump --schema=podero_gateway"))
      try await cluster.database.stop()
      let away = try await cluster.run(["audit", "verify"])
      #expect(away.ending == .exited(66))
      #expect(!away.errors.joined().contains(cluster.database.folder))
      try await cluster.database.start()
    }
  }
}

extension Cluster {
  /// Runs a command of the gateway's program with the first gateway's configuration.
  fileprivate func run(_ words: [String]) async throws -> ChildProcess {
    let process = try ChildProcess(
      [try BuiltProduct.path("podero-gateway")] + words
        + ["--config", gateways[0].configurationPath],
      environment: setup.environment)
    _ = try await process.wait()
    return process
  }
}
