import GatewayCore

extension MetricsPage {
  static func addConfiguration(_ page: inout MetricsText, _ gateway: GatewayState) {
    let state = gateway.reloads.state
    page.add(
      "config_generation",
      [([], Double(state.generation))])
    page.add(
      "config_current",
      [([], state.isCurrent ? 1 : 0)])
    page.add(
      "config_loaded_timestamp_seconds",
      [([], seconds(state.loadedAt))])
    page.add(
      "config_refused_timestamp_seconds",
      state.refusal.map { [([], seconds($0.at))] } ?? [])
    page.add(
      "config_reloads_total",
      [
        ([("outcome", "loaded")], Double(state.loaded)),
        ([("outcome", "refused")], Double(state.refused)),
      ])
    page.add(
      "config_needs_restart",
      [([], Double(state.needsRestart.count))])
  }

  private static func seconds(_ time: Timestamp) -> Double { Double(time.microseconds) / 1e6 }
}
