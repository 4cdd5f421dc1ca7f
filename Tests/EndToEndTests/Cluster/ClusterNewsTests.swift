import GatewayCore
import PoderoSimulator
import Storage
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

  @Test func `what is pending is shown by every gateway, and the newest write counts at all`()
    async throws
  {
    // What the devices show would end the wait, be the test ever so slow.
    var upstream = SimulatorSettings()
    upstream.refreshInterval = .seconds(86_400)
    try await withCluster(of: 2, upstream: upstream) { cluster in
      #expect(try await cluster.portal(1).get(cluster.path(1)).status == 200)
      let first = try await cluster.write(50, at: 0)
      #expect(try await cluster.pending(at: 1) == [first])
      let second = try await cluster.write(51, at: 1)
      #expect(try await cluster.pending(at: 0) == [second])
      #expect(try await cluster.pending(at: 1) == [second])
      try await eventually("the end of the first") {
        try await cluster.operations(1).first { $0.request.id == first }?.state == .superseded
      }
      let operations = try await cluster.operations(1)
      let ended = try #require(operations.first { $0.request.id == first })
      #expect(ended.supersededFields == ["/hot_water/standard_temperature": second])
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
      try await cluster.kill(0)
      try await eventually("all users at one", within: .seconds(60)) {
        try await cluster.polledUsers(1) == users
      }
      stream.abort()
    }
  }
}

extension Cluster {
  /// Writes through a gateway.
  ///
  /// - Returns: the operation.
  fileprivate func write(_ temperature: Int, at number: Int) async throws -> ResourceID? {
    let written = try await portal(number).patch(
      path(1), patch("/hot_water/standard_temperature", .number(ExactDecimal(temperature))))
    #expect(written.status == 200)
    return written.at("/write/operation_id")?.string.flatMap { ResourceID($0) }
  }

  /// The operations that a gateway shows as not yet verified.
  fileprivate func pending(at number: Int) async throws -> [ResourceID?] {
    let list = try await portal(number).get(path(1)).at("/pending")?.array ?? []
    return list.map { $0["operation_id"]?.string.flatMap { ResourceID($0) } }
  }

  /// The address of all heat pumps of a heat pump's owner.
  fileprivate func listPath(_ number: Int) -> String {
    let owner = simulator.owner(of: PoderoSimulator.heatPumpID(number))
    return "/v1/users/\(owner?.description ?? "unknown")/heat-pumps"
  }
}
