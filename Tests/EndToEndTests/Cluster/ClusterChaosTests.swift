import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: whichever of several gateways dies, and when their database does, no write that a caller was
/// promised is lost, carried out twice, or carried out in the wrong order, and one token is fetched.
/// Method: real gateways on one server and a faulty simulator; gateways and server are killed again
/// and again under mixed writes; afterwards answers, database and the simulator's log are held
/// together.
@Suite struct ClusterChaosTests {
  @Test func `gateways and database that are killed lose and repeat nothing`() async throws {
    let scale = ChaosScale.present
    let gateways = 3
    try await ClusterChaosStage.with(
      gateways: gateways, heatPumps: scale.clusterHeatPumps, seed: scale.seed
    ) { stage in
      let clock = SystemClock()
      let start = clock.monotonic
      async let callers: Void = stage.call(scale.clusterCallers)
      let kills = try await killAll(scale, gateways, stage)
      stage.close()
      try await callers
      let closed = clock.monotonic
      try await stage.drain(within: scale.patience)
      let drained = clock.monotonic
      let tokens = stage.simulator.requestCount(.token)
      // One for all, and one more for each time that whoever fetches may have died.
      #expect(tokens >= 1 && tokens <= 1 + kills.gateways)
      let peak = stage.simulator.stats()["concurrent_updates_per_heat_pump_peak"]?.integer
      #expect(peak ?? 0 <= 2)
      try await stage.terminate()
      let figures = try await stage.reckon()
      report(
        "cluster chaos, seed \(scale.seed): \(stage.simulator.heatPumpCount) heat pumps, "
          + "\(gateways) gateways, killed \(kills.gateways) times, the database "
          + "\(kills.databases) times in \(Int((closed - start).seconds)) s, all at rest after "
          + "\(Int((drained - closed).seconds)) s more; \(tokens) tokens fetched; "
          + "\(stage.ledger.acknowledged.count) operations acknowledged, "
          + "\(stage.ledger.lostCount) tries unanswered; \(figures.line); "
          + "refused: \(stage.ledger.refusals); reads: \(stage.readLine)")
      #expect(stage.ledger.acknowledged.count > kills.gateways)
    }
  }

  private func killAll(
    _ scale: ChaosScale, _ gateways: Int, _ stage: ClusterChaosStage
  ) async throws -> (gateways: Int, databases: Int) {
    var random = SeededRandom(seed: scale.seed)
    var kills = (gateways: 0, databases: 0)
    for number in 1...scale.clusterKills {
      let before = stage.ledger.count
      let wanted = Int.random(in: 10..<40, using: &random)
      _ = try? await eventually("answers", within: .seconds(3)) {
        stage.ledger.count >= before + wanted
      }
      if number.isMultiple(of: 3) {
        try await stage.killDatabase()
        kills.databases += 1
      } else {
        try await stage.killGateway(Int.random(in: 0..<gateways, using: &random))
        kills.gateways += 1
      }
    }
    return kills
  }
}
