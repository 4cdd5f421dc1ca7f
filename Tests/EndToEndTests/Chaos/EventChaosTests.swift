import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: no change of a heat pump that polls can see is missed, invented or told as the doing of
/// somebody else; each event comes to everybody who listens; and the upstream is asked no more than
/// the guide says; whenever the gateway dies, and whatever receivers do.
/// Method: the real executable, killed again and again, between a simulator that keeps what each
/// answer showed, receivers of every kind, a stream and a reader of the feed; then all of it
/// compared.
@Suite(.serialized) struct EventChaosTests {
  @Test func `all that polls can see is told, once, to everybody, as whose doing it is`()
    async throws
  {
    let scale = EventChaosScale(ChaosScale.present)
    try await EventChaosStage.with(scale) { stage in
      let clock = SystemClock()
      let (first, before) = try await stage.begin()
      let (start, begun) = (clock.monotonic, clock.wall)
      let listening = [
        Task { await stage.followFeed() }, Task { await stage.followStream() },
      ]
      let weather = EventChaosWeather(stage)
      let changing = Task { await weather.run() }
      var gateway = first
      for time in scale.lives {
        try await stage.live(gateway, for: time)
        gateway = try await stage.start()
      }
      changing.cancel()
      await changing.value
      let (reborn, calm) = (clock.wall, clock.monotonic)
      try await stage.waitUntilToldAndDelivered(weather)
      let told = clock.monotonic
      stage.ledger.note(EventChaosReckoning.Life(from: reborn, to: clock.wall))
      stage.switchboard.close()
      await listening[0].value
      #expect(try await gateway.terminate() == .exited(0))
      await listening[1].value
      let calls = stage.simulator.calls().filter { $0.time >= begun }
      let reckoning = EventChaosReckoning(
        looks: stage.looks(calls), before: before, told: stage.ledger.told,
        streamed: stage.ledger.streamed, delivered: stage.receivers.good.genuine,
        lives: stage.ledger.lives, digestion: scale.digestion)
      let needs = weather.present.filter { $0.value[.actionNeeded] != nil }.keys
      let requests = EventChaosRequests(
        calls.map {
          EventChaosRequests.Call(call: $0.call, at: $0.time, user: $0.user, heatPump: $0.heatPump)
        }, needs: Set(needs), pollsPerSecond: scale.pollsPerSecond,
        afterWrite: .seconds(min(30, scale.interval)))
      report(
        EventChaosFigures(
          scale: scale, weather: weather.figures, writes: stage.ledger.writes,
          told: reckoning.told, deliveries: stage.receivers.good.messages.count,
          refused: stage.receivers.badCounts, loaded: calm - start, settled: told - calm,
          requests: requests, lives: stage.ledger.lives
        ).text)
      #expect(stage.receivers.good.messages.allSatisfy { $0.isGenuine })
      #expect(stage.receivers.elsewhere.messages.isEmpty)
      let findings = reckoning.findings + requests.findings + stage.ledger.complaints
      #expect(
        findings.isEmpty,
        "seed \(scale.seed), \(findings.count) findings:\n\(findings.prefix(20).joined(separator: "\n"))"
      )
    }
  }
}

extension EventChaosStage {
  /// Waits until the feed has told the newest value of all that was changed or written, and stream
  /// and good receiver have all that the feed has.
  ///
  /// - Throws: ``NeverHappened``.
  func waitUntilToldAndDelivered(_ weather: EventChaosWeather) async throws {
    let expected = weather.present
    let end = SystemClock().monotonic + scale.patience
    let isOver = { SystemClock().monotonic >= end }
    while !isOver() {
      var written: [ResourceID: Int] = [:]
      for look in looks(simulator.calls().filter { $0.call == .update }) {
        written[look.heatPump] = look.values[.offset]
      }
      let open = expected.contains { heatPump, values in
        values.contains { ledger.newest(heatPump, $0.key) != $0.value }
      }
      let isWriteOpen = written.contains { ledger.newest($0.key, .offset) != $0.value }
      if !open, !isWriteOpen { break }
      await pass(.milliseconds(500))
    }
    while !isOver() {
      let told = ledger.told
      if ledger.streamed.count >= told.count, receivers.good.messages.count >= told.count,
        receivers.good.genuine.isSuperset(of: told.map(\.id))
      {
        return
      }
      await pass(.milliseconds(200))
    }
    // What is still missing, the reckoning names.
  }
}
