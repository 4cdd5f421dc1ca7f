import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: whatever the upstream does, and whenever the gateway dies, no write that a caller was
/// promised is lost, carried out twice, or carried out in the wrong order.
/// Method: the real executable on one file and against a faulty simulator, killed again and again
/// under mixed writes; afterwards answers, file and the simulator's log are held together.
@Suite(.serialized, .enabled(if: !TestStorage.isPostgres, "about a file"))
struct ChaosTests {
  private static let scale = ChaosScale.present

  @Test func `a gateway that is killed again and again loses and repeats nothing`() async throws {
    let scale = Self.scale
    try await ChaosStage.with(heatPumps: scale.kills > 15 ? 60 : 24, seed: scale.seed) { stage in
      let start = SystemClock().monotonic
      async let callers: Void = callers(12, on: stage)
      let endings = endings(scale)
      for ending in endings {
        try await stage.live(until: ending) { stage.ledger.count }
      }
      let last = try await stage.start()
      stage.switchboard.close()
      try await callers
      try await stage.drain(last, within: scale.patience)
      let repeated = try await stage.repeatKeys(last)
      #expect(try await last.terminate() == .exited(0))
      let figures = try await stage.reckon()
      let seconds = (SystemClock().monotonic - start).seconds
      report(
        "chaos, seed \(scale.seed): \(endings.count) kills in \(Int(seconds)) s; "
          + "\(stage.ledger.acknowledged.count) operations acknowledged, "
          + "\(stage.ledger.lostCount) tries unanswered, \(repeated) keys repeated; \(figures.line)"
      )
      #expect(stage.ledger.acknowledged.count > endings.count)
    }
  }

  @Test func `a mixed load ends with the newest values in force`() async throws {
    let scale = Self.scale
    try await ChaosStage.with(heatPumps: scale.heatPumps, seed: scale.seed) { stage in
      let gateway = try await stage.start()
      let clock = SystemClock()
      let start = clock.monotonic
      try await load(scale.writes, on: stage)
      let answered = clock.monotonic
      try await stage.drain(gateway, within: scale.patience)
      let drained = clock.monotonic
      let repeated = try await stage.repeatKeys(gateway)
      #expect(try await gateway.terminate() == .exited(0))
      let peak = stage.simulator.stats()["concurrent_updates_per_heat_pump_peak"]?.integer
      #expect(peak == 1)
      #expect(stage.ledger.count == scale.writes)
      let figures = try await stage.reckon()
      let rate = Double(scale.writes) / (answered - start).seconds
      report(
        "load, seed \(scale.seed): \(scale.writes) writes to \(scale.heatPumps) heat pumps, "
          + "\(Int(rate)) a second, all at rest after \(Int((drained - start).seconds)) s; "
          + "\(stage.ledger.acknowledged.count) acknowledged, \(repeated) keys repeated; "
          + "\(figures.line); refused: \(stage.ledger.refusals)")
    }
  }

  private func endings(_ scale: ChaosScale) -> [ChaosEnding] {
    var random = SeededRandom(seed: scale.seed)
    var endings = (0..<scale.kills).map { _ -> ChaosEnding in
      if Int.random(in: 0..<8, using: &random) == 0 {
        return .starting(.random(in: 0..<60, using: &random))
      }
      return .running(
        answers: .random(in: 0..<60, using: &random), .random(in: 0..<20, using: &random))
    }
    for point in ["sent", "answered", "concluded"] {
      endings += (0..<scale.killsPerStep).map { _ in .at(point) }
    }
    return endings.shuffled(using: &random)
  }

  private func callers(_ count: Int, on stage: ChaosStage) async throws {
    let numbers = Locked(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<count {
        let writer = ChaosWriter(
          seed: stage.seed &+ UInt64(index) &* 7919, heatPumps: stage.simulator.heatPumpCount)
        group.addTask {
          var generation = 0
          while !stage.switchboard.isClosing {
            try await stage.send(writer.write(numbers.next()), after: &generation)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func load(_ writes: Int, on stage: ChaosStage) async throws {
    let numbers = Locked(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<min(64, writes) {
        let writer = ChaosWriter(
          seed: stage.seed &+ UInt64(index) &* 7919, heatPumps: stage.simulator.heatPumpCount)
        group.addTask {
          var generation = 0
          while true {
            let number = numbers.next()
            guard number <= writes else { return }
            try await stage.send(writer.write(number), after: &generation)
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

extension Locked<Int> {
  /// 1, 2, 3 and so on.
  fileprivate func next() -> Int {
    withLock { number in
      number += 1
      return number
    }
  }
}
