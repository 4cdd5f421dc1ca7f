import GatewayCore
import Logging
import Webhooks

@testable import Gateway

extension Services {
  /// For one generation with just these parts.
  convenience init(
    clock: any GatewayClock, keys: KeyRing<App> = KeyRing([]), tokens: TokenRing? = nil,
    certificates: CertificateRing = CertificateRing([]),
    adminKeys: KeyRing<Endpoint.AdminRole> = KeyRing([]), apps: AppRegistry = AppRegistry([]),
    organisations: [GatewayState.Organisation] = [], login: AdminLogin? = nil,
    hostGuard: HostGuard? = nil, endpoints: [Endpoint],
    requestIDs: RequestIDs, logger: Logger, subscriptions: SubscriptionDesk? = nil,
    events: EventOutlet,
    readiness: @escaping @Sendable () -> Readiness
  ) {
    self.init(
      clock: clock,
      generations: Generations(
        Generation(
          organisations: organisations, apps: apps, keys: keys, tokens: tokens,
          certificates: certificates, adminKeys: adminKeys,
          hostGuard: hostGuard)),
      login: login, endpoints: endpoints, requestIDs: requestIDs, logger: logger,
      isForOperators: hostGuard != nil, subscriptions: subscriptions, events: events,
      readiness: readiness)
  }
}
