import GatewayCore
import PoderoSimulator
import Storage
import TestSupport
import Testing

/// Goal: behind a load balancer it does not matter which of several gateways a request comes to.
/// Method: real gateways on one schema; the simulator tells what went upstream.
@Suite struct ClusterTests {
  @Test func `a key counts once, whichever gateway it comes to`() async throws {
    try await withCluster(of: 2) { cluster in
      let body = patch("/hot_water/standard_temperature", decimal("52.5"))
      let key = ["Idempotency-Key": "key-1"]
      async let first = cluster.portal(0).patch(cluster.path(1), body, key)
      async let second = cluster.portal(1).patch(cluster.path(1), body, key)
      let statuses = try await [first, second].map(\.status)
      #expect(statuses.contains(200), "\(statuses)")
      #expect(cluster.simulator.updates().count == 1)
      let again = try await cluster.portal(1).patch(cluster.path(1), body, key)
      #expect(again.status == 200 && again.headers["idempotency-replayed"] == "true")
      #expect(cluster.simulator.updates().count == 1)
    }
  }

  @Test func `three gateways write to one heat pump one at a time, in the order of acceptance`()
    async throws
  {
    try await withCluster(of: 3) { cluster in
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<10 {
          group.addTask {
            let value = JSONValue.number(ExactDecimal(45 + number))
            return try await cluster.portal(number % 3).patch(
              cluster.path(1), patch("/hot_water/standard_temperature", value)
            ).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      // What was overtaken before it was sent, and in another gateway's turn, is told by a link.
      #expect(Set(statuses).isSubset(of: [200, 202]), "\(statuses)")
      let operations = try await cluster.operations(1)
      #expect(operations.count == 10 && operations.filter(\.state.isOpen).isEmpty)
      let order = cluster.simulator.updates().filter(\.applied).compactMap { update in
        operations.first { update.text.contains($0.number) }?.sequence
      }
      #expect(order == order.sorted())
      #expect(order.last == operations.map(\.sequence).max())
    }
  }

  @Test func `what a gateway was about to do when it died is done by another`() async throws {
    try await withCluster(of: 2) {
      $0.setTimeouts(total: "PT2S")
    } _: { cluster in
      cluster.simulator.setFault(SimulatorFault(.hang(applied: false), call: .update))
      let answer = try await cluster.portal(0).patch(
        cluster.path(1), patch("/hot_water/standard_temperature", decimal("52.5")),
        ["Prefer": "respond-async"])
      let location = try #require(answer.headers["location"])
      await cluster.simulator.waitForRequests(.update, count: 1)
      try await cluster.kill(0)
      cluster.simulator.clearFaults()
      try await eventually("an accepted operation", within: .seconds(60)) {
        let state = try await cluster.portal(1).get(location).at("/state")?.string
        return state == "accepted" || state == "verified"
      }
      #expect(cluster.simulator.updates().filter(\.applied).count == 1)
    }
  }
}

extension StoredOperation {
  /// The number in its patch.
  fileprivate var number: String {
    String(decoding: request.patch, as: UTF8.self).filter(\.isNumber)
  }
}
