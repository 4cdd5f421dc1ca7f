import GatewayCore
import Identity

extension MetricsPage {
  static func addIdentity(_ page: inout MetricsText, _ gateway: GatewayState) {
    guard let ring = gateway.generations.current.tokens else { return }
    page.add(
      "identity_tokens_total",
      ring.counts.map { ([("outcome", $0.outcome)], Double($0.count)) })
    let states = ring.verifier.providers.map { provider in
      (labels: [("provider", provider.settings.name)], status: provider.keeper.status)
    }
    page.add(
      "identity_keys",
      states.map { ($0.labels, Double($0.status.keys)) })
    page.add(
      "identity_keys_age_seconds",
      states.compactMap { state in state.status.age.map { (state.labels, $0.seconds) } })
    page.add(
      "identity_refreshes_total",
      states.flatMap { state in
        [("ok", state.status.refreshes), ("failed", state.status.failures)].map {
          (state.labels + [("outcome", $0.0)], Double($0.1))
        }
      })
  }
}
