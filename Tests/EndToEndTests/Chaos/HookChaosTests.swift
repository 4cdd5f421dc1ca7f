import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: whatever the upstream does, and whenever the gateway dies, an event that was acknowledged
/// has one outcome, its duplicates have none of their own, the newest values are in force, and none
/// is sent too late.
/// Method: signed events over connections that stay, some told twice, later, or behind younger
/// ones; the real executable is killed again and again; then answers, file and upstream compared.
@Suite(.serialized, .enabled(if: !TestStorage.isPostgres, "about a file"))
struct HookChaosTests {
  private static let scale = ChaosScale.present

  @Test func `of every acknowledged event comes one outcome, once, in order and in time`()
    async throws
  {
    let scale = Self.scale
    try await ChaosStage.withHooks(heatPumps: scale.eventHeatPumps, seed: scale.seed) { stage in
      let clock = SystemClock()
      let (ledger, start) = (HookChaosLedger(), clock.monotonic)
      async let weather = stage.brew()
      let feed = HookChaosFeed(count: scale.events, seed: scale.seed)
      async let sources: Void = sources(scale, on: stage, feed, ledger)
      let endings = endings(scale)
      for (index, ending) in endings.enumerated() {
        feed.allow(upTo: scale.events * (index + 1) / (endings.count + 1))
        try await stage.live(until: ending) { ledger.answerCount }
      }
      let last = try await stage.start()
      feed.allow(upTo: scale.events)
      try await sources
      let (answers, answered) = (ledger.answerCount, clock.monotonic)
      stage.switchboard.close()
      let toldBefore = await weather
      try await stage.drainEvents(last, within: scale.patience)
      let drained = clock.monotonic
      let repeated = try await stage.repeatEvents(last, ledger, most: 500)
      let told = try await stage.toldStates(last, single: 1000)
      #expect(try await last.terminate() == .exited(0))
      let reckoning = try await stage.reckonEvents(
        scale.events, ledger, told: told, before: toldBefore)
      let peak = stage.simulator.stats()["concurrent_updates_per_heat_pump_peak"]?.integer
      #expect(peak == 1)
      let outcomes = reckoning.outcomeCounts
      #expect(outcomes["expired", default: 0] > 0, "nothing came too late: prove it with a storm")
      report(
        "events, seed \(scale.seed): \(scale.events) events, \(answers) answers over "
          + "\(scale.eventConnections) connections for \(stage.simulator.heatPumpCount) heat pumps "
          + "in \((answered - start).seconds.rounded()) s, "
          + "\(Int(Double(answers) / (answered - start).seconds)) a second, "
          + "\(endings.count) kills, \(ledger.lostCount) tries unanswered; all at rest after "
          + "\((drained - answered).seconds.rounded()) s; \(reckoning.acknowledgedCount) "
          + "acknowledged, \(reckoning.repeats) duplicates, \(repeated) of them at the end; outcomes: "
          + outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
          .joined(separator: ", ") + "; operations: \(reckoning.operations.figures.line)")
    }
  }

  // A gateway that is killed while it runs has answered a part of what there is for each.
  private func endings(_ scale: ChaosScale) -> [ChaosEnding] {
    let random = SeededRandom(seed: scale.seed &+ 1)
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    let portion = scale.events * 2 / (scale.eventKills * 3)
    let points = ["sent", "answered", "concluded"]
    return (0..<scale.eventKills).flatMap { index -> [ChaosEnding] in
      let ending = ChaosEnding.running(answers: below(portion), below(40))
      switch index % 6 {
      case 0: return [ending, .at(points[(index / 6) % points.count])]
      case 1: return [ending, .starting(below(60))]
      default: return [ending]
      }
    }
  }

  private func sources(
    _ scale: ChaosScale, on stage: ChaosStage, _ feed: HookChaosFeed, _ ledger: HookChaosLedger
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<scale.eventConnections {
        group.addTask { try await stage.tell(feed, ledger) }
      }
      try await group.waitForAll()
    }
  }
}
