import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: many writers of one heat pump are put in order, and what is not yet seen is called
/// pending. Method: fifty at once against a slow simulator, which counts what it does at the same
/// time.
@Suite struct WriteOrderTests {
  @Test func `fifty writers go up one at a time and all are answered`() async throws {
    try await withStage(simulator: { $0.timeFactor = 0 }) { stage in
      stage.simulator.setFault(SimulatorFault(.latency(.milliseconds(10)), call: .update))
      let answers = try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
        for number in 0..<50 {
          group.addTask {
            let value = decimal("45.\(10 + number)")
            let body = patch("/hot_water/standard_temperature", value)
            return (number, try await stage.portal.patch(stage.path(1), body))
          }
        }
        return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      #expect(answers.count == 50)
      #expect(answers.values.allSatisfy { $0.status == 200 })
      // Those that waited together went up as one, with the newest value.
      #expect(
        answers.values.allSatisfy { answer in
          answer.at("/write/status")?.string == "applied"
            || answer.at("/write/superseded_by")?.string != nil
        })
      let stats = stage.simulator.stats()
      #expect(stats["concurrent_updates_per_heat_pump_peak"]?.integer == 1)
      let last = try #require(stage.lastUpdate(1)?["dhw_standard_temperature"])
      #expect(stage.truth(1)["dhw_standard_temperature"] == last)
      let read = try await stage.portal.get(stage.path(1))
      #expect(read.at("/hot_water/standard_temperature") == last)
    }
  }

  @Test func `two heat pumps do not wait for each other`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.get("/v1/users/\(PoderoSimulator.userID(1))/heat-pumps")
      stage.simulator.setFault(
        SimulatorFault(
          .hang(applied: true), call: .update, heatPump: PoderoSimulator.heatPumpID(1)))
      async let slow = stage.portal.patch(stage.path(1), patch("/pause/active", true))
      await stage.simulator.waitForRequests(.update, count: 1)
      let quick = try await stage.portal.patch(stage.path(2), patch("/pause/active", true))
      #expect(quick.status == 200)
      stage.simulator.clearFaults()
      #expect(try await slow.status == 200)
    }
  }

  @Test func `a written value is pending until the device was seen with it`() async throws {
    try await withStage(gateway: { $0.setTinyCache() }) { stage in
      let write = try await stage.portal.patch(
        stage.path(1), patch("/hot_water/standard_temperature", decimal("52.5")))
      let operation = try #require(write.at("/write/operation_id")?.string)
      let before = try await stage.portal.get(stage.path(1))
      #expect(before.at("/pending/0/pointer")?.string == "/hot_water/standard_temperature")
      #expect(before.at("/pending/0/requested") == decimal("52.5"))
      #expect(before.at("/pending/0/operation_id")?.string == operation)
      #expect(before.at("/pending/0/since")?.string.flatMap { Timestamp(rfc3339: $0) } != nil)
      #expect(before.at("/pending")?.array?.count == 1)
      stage.simulator.advance(by: .seconds(900))
      let after = try await stage.portal.get(stage.path(1))
      #expect(after.at("/pending")?.array == [])
      #expect(after.at("/hot_water/standard_temperature") == decimal("52.5"))
    }
  }

  @Test func `a write goes to its end although its caller leaves`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.get(stage.path(1))
      stage.simulator.setFault(SimulatorFault(.hang(applied: true), call: .update))
      let body = #"{"pause":{"active":true}}"#
      let caller = try RawHTTPClient(port: stage.gateway.port)
      try await caller.send(
        """
        PATCH \(stage.path(1)) HTTP/1.1\r\nHost: gateway\r\n\
        Authorization: Bearer \(TestKey.portal.key)\r\nContent-Type: application/json\r\n\
        Content-Length: \(body.utf8.count)\r\n\r\n\(body)
        """)
      await stage.simulator.waitForRequests(.update, count: 1)
      caller.abort()
      stage.simulator.clearFaults()
      try await stage.gateway.waitForLine("of the confirmed write") {
        $0["message"]?.string == "write confirmed" && $0["status"]?.string == "applied"
      }
      #expect(stage.updateCount == 1)
      let read = try await stage.portal.get(stage.path(1))
      #expect(read.at("/pause/active")?.bool == true)
    }
  }
}
