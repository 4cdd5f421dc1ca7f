import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: what goes through one gateway is seen through the others at once.
/// Method: real gateways on one schema, with a cache that would hide it for half a minute.
@Suite struct ClusterNewsTests {
  @Test func `whoever was answered by one gateway reads the same at another`() async throws {
    try await withCluster(of: 2) { cluster in
      for number in 0..<20 {
        // From memory, where the next write will not be.
        #expect(try await cluster.portal(1).get(cluster.path(1)).status == 200)
        let value = JSONValue.number(ExactDecimal(45 + number % 10))
        let written = try await cluster.portal(0).patch(
          cluster.path(1), patch("/hot_water/standard_temperature", value))
        #expect(written.status == 200)
        let read = try await cluster.portal(1).get(cluster.path(1))
        #expect(read.at("/hot_water/standard_temperature") == value, "write \(number)")
        let list = try await cluster.portal(1).get(cluster.listPath(1))
        #expect(list.text.contains("\"standard_temperature\":\(value.text)"))
      }
      // What nobody has written to is still read from memory.
      _ = try await cluster.portal(1).get(cluster.path(2))
      let count = cluster.simulator.requestCount(.detail)
      _ = try await cluster.portal(1).get(cluster.path(2))
      #expect(cluster.simulator.requestCount(.detail) == count)
    }
  }

  @Test func `a stream of one hears what goes through another`() async throws {
    try await withCluster(of: 2) { setup in
      setup.scopes = ["portal": ["events:read"]]
    } _: { cluster in
      let stream = try await StreamClient.open(
        port: cluster.gateways[1].port, .portal,
        query: "?event_types=heat_pump.settings_changed&heat_pumps=smith-home")
      #expect(try await stream.next()?.id == 0)
      // The stream's interest must have come to the gateway that writes.
      try await eventually("an event", within: .seconds(30)) {
        let value = JSONValue.number(ExactDecimal(45 + Int.random(in: 0..<10)))
        _ = try await cluster.portal(0).patch(
          cluster.path(1), patch("/hot_water/standard_temperature", value))
        let feed = try await cluster.portal(0).get(
          "/v1/events?event_types=heat_pump.settings_changed")
        return feed.at("/items")?.array?.isEmpty == false
      }
      let event = try #require(try await stream.event())
      #expect(event.event == "heat_pump.settings_changed")
      stream.abort()
    }
  }

  @Test func `users are polled by one gateway each, and by those that are left when one goes`()
    async throws
  {
    try await withCluster(of: 2) { setup in
      setup.organisation["polling"] = ["interval": "PT10S"]
      setup.organisation["discovery"] = ["enabled": true]
      setup.scopes = ["portal": ["events:read"]]
    } _: { cluster in
      let users = Double(cluster.simulator.userCount)
      let stream = try await StreamClient.open(port: cluster.gateways[1].port, .portal)
      #expect(try await stream.next()?.id == 0)
      // Who listens is reckoned every ten seconds, from the users that were discovered by then.
      try await eventually("all users shared out", within: .seconds(90)) {
        let counts = [try await cluster.polledUsers(0), try await cluster.polledUsers(1)]
        return counts.reduce(0, +) == users
      }
      // It listens to nothing itself: what the other gateway's stream wants is known to it.
      cluster.gateways[0].signal(9)
      try await eventually("all users at one", within: .seconds(60)) {
        try await cluster.polledUsers(1) == users
      }
      stream.abort()
    }
  }
}

extension Cluster {
  /// How many users a gateway polls.
  fileprivate func polledUsers(_ number: Int) async throws -> Double {
    let client = HTTPClient(
      port: gateways[number].adminPort, key: .metrics, transcript: Locked([]))
    let series = #"podero_gateway_polled_users{organisation="acme"} "#
    let line = try await client.get("/metrics").text.split(separator: "\n")
      .first { $0.hasPrefix(series) }
    return line.flatMap { Double($0.dropFirst(series.count)) } ?? 0
  }

  /// The address of all heat pumps of a heat pump's owner.
  fileprivate func listPath(_ number: Int) -> String {
    let owner = simulator.owner(of: PoderoSimulator.heatPumpID(number))
    return "/v1/users/\(owner?.description ?? "unknown")/heat-pumps"
  }
}
