internal import GatewayCore
internal import HeatPumps
internal import PoderoClient
internal import Synchronization

/// The upstream's health, asked of the client no more than ten times a second: every answer shows
/// it, and gathering it takes several locks.
final class HealthGauge: Sendable {
  // The tenth of a second in the upper bits, the health in the lower two.
  private let packed = Atomic<Int64>(-1)

  // `allCases` would make a new array for every answer.
  private static let healths = UpstreamHealth.allCases

  func read(_ client: PoderoClient, now: MonotonicInstant) -> UpstreamHealth {
    let tenth = now.nanoseconds / 100_000_000
    let value = packed.load(ordering: .relaxed)
    if value >> 2 == tenth, value >= 0 { return Self.healths[Int(value & 3)] }
    let health: UpstreamHealth =
      switch client.health {
      case .ok: .ok
      case .degraded: .degraded
      case .down: .down
      }
    let index = Self.healths.firstIndex(of: health) ?? 0
    packed.store(tenth << 2 | Int64(index), ordering: .relaxed)
    return health
  }
}
