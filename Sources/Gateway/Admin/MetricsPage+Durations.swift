import GatewayCore
import HeatPumpService
import Storage
import Webhooks

/// How long things take, as histograms.
extension MetricsPage {
  static func addDurations(_ page: inout MetricsText, _ gateway: GatewayState) {
    page.histogram(
      "request_duration_seconds",
      (gateway.metrics.withLock { $0 }?.durations ?? []).map { row in
        (
          [("method", row.method), ("route", row.template), ("status", row.status)],
          row.figures
        )
      })
    page.histogram(
      "upstream_request_duration_seconds",
      gateway.organisations.flatMap { organisation in
        organisation.upstream.durations.map {
          ([name(organisation), ("call", $0.call)], $0.figures)
        }
      })
    let writes = gateway.organisations.map { ([name($0)], $0.service.figures) }
    page.histogram(
      "write_accepted_seconds",
      writes.map { ($0, $1.untilAccepted) })
    page.histogram(
      "write_verified_seconds",
      writes.map { ($0, $1.untilVerified) })
    if let metrics = gateway.deliverer.withLock({ $0 })?.metrics {
      page.histogram(
        "delivery_attempt_duration_seconds",
        [([], metrics.durations)])
      page.histogram("delivery_lag_seconds", [([], metrics.lags)])
    }
    guard let statistics = gateway.storageWatch.view.statistics else { return }
    page.histogram(
      "storage_commit_duration_seconds",
      [([], statistics.durations)])
    page.histogram(
      "storage_commit_commands",
      [([], statistics.groups)])
  }

  private static func name(_ organisation: GatewayState.Organisation) -> (String, String) {
    ("organisation", organisation.service.settings.name)
  }
}
