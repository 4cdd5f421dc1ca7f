import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: while the upstream is away callers get the last answers and clear refusals, and nobody has
/// to do anything when it is back.
/// Method: the simulator is stopped and started again on its port; nothing is ever fresh.
@Suite struct OutageTests {
  @Test func `a killed upstream is bridged, and its return is noticed`() async throws {
    try await withStage(gateway: { $0.setTinyCache() }) { stage in
      let warm = try await stage.portal.get(stage.path(1))
      #expect(warm.status == 200 && warm.headers["gateway-stale"] == nil)
      await stage.simulator.stop()

      let clock = SystemClock()
      for _ in 0..<4 {
        let start = clock.monotonic
        let stale = try await stage.portal.get(stage.path(1))
        #expect(stale.status == 200)
        #expect(stale.headers["gateway-stale"] == "true")
        #expect(stale.headers["cache-status"]?.hasPrefix("podero-gateway; fwd=stale") == true)
        #expect(stale.headers["cache-control"] == "private, max-age=0")
        #expect(stale.at("/space_heating") == warm.at("/space_heating"))
        let cold = try await stage.portal.get(stage.path(2))
        #expect(["502 upstream-unreachable", "503 upstream-unavailable"].contains(cold.verdict))
        let write = try await stage.portal.patch(stage.path(1), patch("/pause/active", true))
        #expect(["502 upstream-unreachable", "503 upstream-unavailable"].contains(write.verdict))
        if write.status == 503 { #expect(write.headers["retry-after"] != nil) }
        #expect(clock.monotonic - start < .seconds(10))
      }
      let stale = try await stage.portal.get(stage.path(1))
      #expect(stale.at("/freshness/upstream")?.string == "down")
      let ready = try await stage.app(nil).get("/readyz")
      #expect(ready.status == 200)
      #expect(ready.at("/upstream")?.string == "down")

      var settings = SimulatorSettings()
      settings.port = stage.simulator.port
      let successor = try await PoderoSimulator.start(settings)
      try await eventually("fresh answer") {
        try await stage.portal.get(stage.path(1)).headers["gateway-stale"] == nil
      }
      #expect(try await stage.portal.get(stage.path(2)).status == 200)
      let write = try await stage.portal.patch(stage.path(1), patch("/pause/active", true))
      #expect(write.status == 200)
      #expect(successor.updates().count == 1)
      let healthy = try await stage.operator.get("/admin/status")
      #expect(healthy.at("/organisations/0/upstream/health")?.string == "ok")
      await successor.stop()
    }
  }

  @Test func `writers alone notice the return too`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.get(stage.path(1))
      await stage.simulator.stop()
      for _ in 0..<6 {
        let write = try await stage.portal.patch(stage.path(1), patch("/pause/active", true))
        // The first may have gone into a connection that was just dying.
        #expect(
          [502, 503].contains(write.status) || write.verdict == "504 outcome-unknown")
      }
      var settings = SimulatorSettings()
      settings.port = stage.simulator.port
      let successor = try await PoderoSimulator.start(settings)
      try await eventually("write that goes through") {
        try await stage.portal.patch(stage.path(1), patch("/pause/active", true)).status == 200
      }
      #expect(successor.updates().count == 1)
      await successor.stop()
    }
  }

  @Test(arguments: [503, 401])
  func `without a token cached reads go on and nobody is told 401`(status: Int) async throws {
    try await withStage(gateway: { $0.setTinyCache() }) { stage in
      _ = try await stage.portal.get(stage.path(1))
      let fault = stage.simulator.setFault(SimulatorFault(.status(status), call: .token))
      stage.simulator.revokeTokens()
      for _ in 0..<3 {
        let stale = try await stage.portal.get(stage.path(1))
        #expect(stale.status == 200)
        #expect(stale.headers["gateway-stale"] == "true")
        for answer in [
          try await stage.portal.get(stage.path(2)),
          try await stage.portal.patch(stage.path(1), patch("/pause/active", true)),
        ] {
          #expect(
            ["502 upstream-credentials", "503 upstream-unavailable"].contains(answer.verdict))
        }
      }
      #expect(stage.updateCount == 0)
      stage.simulator.clearFault(fault)
      try await eventually("fresh answer", within: .seconds(60)) {
        try await stage.portal.get(stage.path(1)).headers["gateway-stale"] == nil
      }
      #expect(try await stage.portal.get(stage.path(2)).status == 200)
    }
  }

  @Test func `a gateway that starts before its upstream serves as soon as it can`() async throws {
    let first = try await PoderoSimulator.start()
    await first.stop()
    let gateway = try await GatewayProcess.start(GatewaySetup(origin: first.origin))
    let client = HTTPClient(port: gateway.port, key: .portal, transcript: Locked([]))
    let early = try await client.get("/v1/heat-pumps/smith-home")
    #expect(["502 upstream-unreachable", "503 upstream-unavailable"].contains(early.verdict))
    var settings = SimulatorSettings()
    settings.port = first.port
    let successor = try await PoderoSimulator.start(settings)
    try await eventually("first answer", within: .seconds(60)) {
      try await client.get("/v1/heat-pumps/smith-home").status == 200
    }
    #expect(try await gateway.terminate() == .exited(0))
    await successor.stop()
  }
}
