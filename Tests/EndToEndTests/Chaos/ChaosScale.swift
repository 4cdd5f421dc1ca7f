import Glibc
import GatewayCore
import TestSupport

/// How large the chaos tests are: small in every run, large by environment variables, which
/// `make chaos` sets.
struct ChaosScale: Sendable {
  /// How many times the gateway is killed at a random moment.
  let kills: Int
  /// How many writes the mixed load has.
  let writes: Int
  /// How many home-automation events there are.
  let events: Int
  /// How many heat pumps are listened to while others change them.
  let watchedHeatPumps: Int
  /// Where chance begins; in the figures of each run, so that it can be set again.
  let seed: UInt64

  /// The scale of this run: `PODERO_CHAOS_KILLS`, `PODERO_CHAOS_WRITES`, `PODERO_CHAOS_EVENTS`,
  /// `PODERO_CHAOS_HEAT_PUMPS`, `PODERO_CHAOS_CLUSTER_HEAT_PUMPS`, `PODERO_CHAOS_SEED`.
  static let present = ChaosScale(
    kills: number("PODERO_CHAOS_KILLS") ?? 15, writes: number("PODERO_CHAOS_WRITES") ?? 600,
    events: number("PODERO_CHAOS_EVENTS") ?? 600,
    watchedHeatPumps: number("PODERO_CHAOS_HEAT_PUMPS") ?? 60,
    seed: number("PODERO_CHAOS_SEED").map(UInt64.init) ?? SystemRandomSource().next() >> 33)

  /// How many times the gateway is killed at each named step of a write.
  var killsPerStep: Int { max(2, kills / 10) }

  /// The heat pumps of the mixed load.
  var heatPumps: Int { max(50, writes / 20) }

  /// The heat pumps that events are about.
  var eventHeatPumps: Int { min(max(24, events / 200), 200) }

  /// The heat pumps of several gateways.
  var clusterHeatPumps: Int { Self.number("PODERO_CHAOS_CLUSTER_HEAT_PUMPS") ?? 24 }

  /// How many call several gateways at the same time.
  var clusterCallers: Int { clusterHeatPumps > 1000 ? 48 : 12 }

  /// How many times one of several gateways, or their database, is killed.
  var clusterKills: Int { max(6, kills / 2) }

  /// How many connections events come through.
  var eventConnections: Int { events > 600 ? 64 : 16 }

  /// How many times the gateway is killed under events, at a random moment each.
  var eventKills: Int { max(3, events / 1250) }

  /// How long a queue may take to come to rest.
  var patience: Duration { max(kills * 40, writes, events) > 600 ? .seconds(300) : .seconds(120) }

  private static func number(_ name: String) -> Int? {
    getenv(name).flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
  }
}
