import GatewayCore

extension MetricsPage {
  static func addConfiguration(_ page: inout MetricsText, _ gateway: GatewayState) {
    let state = gateway.reloads.state
    page.add(
      "config_generation", .gauge,
      "Configurations put in force since the start, the first included.",
      [([], Double(state.generation))])
    page.add(
      "config_current", .gauge, "0 after a configuration was refused, until one is loaded.",
      [([], state.isCurrent ? 1 : 0)])
    page.add(
      "config_loaded_timestamp_seconds", .gauge, "When the configuration in force was loaded.",
      [([], seconds(state.loadedAt))])
    page.add(
      "config_refused_timestamp_seconds", .gauge, "When one was refused last; none if none was.",
      state.refusal.map { [([], seconds($0.at))] } ?? [])
    page.add(
      "config_reloads_total", .counter, "Reloads of the configuration by what came of them.",
      [
        ([("outcome", "loaded")], Double(state.loaded)),
        ([("outcome", "refused")], Double(state.refused)),
      ])
    page.add(
      "config_needs_restart", .gauge, "Settings of the file that wait for a restart.",
      [([], Double(state.needsRestart.count))])
  }

  private static func seconds(_ time: Timestamp) -> Double { Double(time.microseconds) / 1e6 }
}
