import GatewayCore
import MicrohttpdServer

extension MetricsPage {
  static func addCertificates(_ page: inout MetricsText, _ gateway: GatewayState) {
    guard let keeper = gateway.certificates.withLock({ $0 }) else { return }
    let counters = gateway.servers.withLock { $0 }.map(\.counters)
    page.add(
      "tls_certificate_end_timestamp_seconds",
      [([], Double(keeper.end.microseconds / 1_000_000))])
    let reloads = keeper.reloads
    page.add(
      "tls_reloads_total",
      [
        ([("outcome", "replaced")], Double(reloads.replaced)),
        ([("outcome", "refused")], Double(reloads.refused)),
      ])
    page.add(
      "tls_handshakes_total",
      [
        ([("outcome", "completed")], Double(counters.reduce(0) { $0 + $1.handshakes })),
        ([("outcome", "failed")], Double(counters.reduce(0) { $0 + $1.handshakesFailed })),
      ])
  }
}
