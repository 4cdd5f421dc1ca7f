import GatewayCore
import TestSupport

/// How much happens in a chaos test of events, by the number of heat pumps.
struct EventChaosScale: Sendable {
  let heatPumps: Int
  let seed: UInt64

  init(_ scale: ChaosScale) {
    heatPumps = min(max(scale.watchedHeatPumps, 20), 10_000)
    seed = scale.seed
  }

  private var isLarge: Bool { heatPumps > 500 }

  /// Each has two heat pumps.
  var users: Int { (heatPumps + 1) / 2 }

  /// How often each user's list is polled, in seconds.
  var interval: Int { isLarge ? 120 : 10 }

  /// What the guide says of that, in requests a second.
  var pollsPerSecond: Double { Double(users) / Double(interval) }

  /// How long a round takes.
  var round: Duration { isLarge ? .seconds(10) : .seconds(2) }

  /// How many heat pumps others change in each round.
  var changes: Int { max(3, heatPumps / 100) }

  /// How many heat pumps the gateway writes to in each round.
  var writes: Int { max(2, heatPumps / 1000) }

  /// How long each gateway lives until it is killed; the one after the last is stopped in order.
  var lives: [Duration] {
    let random = SeededRandom(seed: seed &+ 3)
    let (count, least, spread) = isLarge ? (6, 20_000, 50_000) : (2, 1500, 2000)
    return (0..<count).map { _ in
      .milliseconds(least + Int(random.next() % UInt64(spread)))
    }
  }

  /// How long an answer may take to become an event: what was answered later than that before a
  /// kill may be lost with it, and is asked for again.
  var digestion: Duration { isLarge ? .seconds(5) : .seconds(1) }

  /// How long all that happened may take to be told, once nothing happens any more.
  var patience: Duration { .seconds(3 * interval + 60) }
}
