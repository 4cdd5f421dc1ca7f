import Glibc
import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: gateways of the former release and of this one share a schema while they are replaced one
/// by one, in both directions, and nobody notices but for broken connections.
/// Method: the former release's own program, which `make rolling` builds, and this one's on one
/// server, under mixed writes and before a faulty upstream; afterwards everything is reckoned up.
@Suite(.enabled(if: FormerRelease.products != nil, "needs another build: make rolling"))
struct RollingUpgradeTests {
  @Test func `gateways are replaced one by one, forth, back and forth again`() async throws {
    let scale = ChaosScale.present
    let gateways = 3
    try await ClusterChaosStage.with(
      gateways: gateways, heatPumps: scale.clusterHeatPumps, seed: scale.seed,
      products: FormerRelease.products
    ) { stage in
      async let callers: Void = stage.call(scale.clusterCallers)
      let present = try BuiltProduct.path("podero-gateway").split(separator: "/").dropLast()
        .map { "/" + $0 }.joined()
      for products in [present, FormerRelease.products, present] {
        for slot in 0..<gateways {
          let before = stage.ledger.count
          try await eventually("answers") { stage.ledger.count >= before + 100 }
          try await stage.replaceGateway(slot, products)
        }
      }
      stage.close()
      try await callers
      try await stage.drain(within: scale.patience)
      let tokens = stage.simulator.requestCount(.token)
      try await stage.terminate()
      let figures = try await stage.reckon()
      report(
        "rolling, seed \(scale.seed): \(gateways) gateways replaced forth, back and forth; "
          + "\(tokens) tokens fetched; \(stage.ledger.acknowledged.count) operations "
          + "acknowledged, \(stage.ledger.lostCount) tries unanswered; \(figures.line); "
          + "refused: \(stage.ledger.refusals); reads: \(stage.readLine)")
      #expect(tokens == 1)
    }
  }
}

private enum FormerRelease {
  /// The folder of its program.
  static let products = getenv("PODERO_FORMER").map { String(cString: $0) }
}
