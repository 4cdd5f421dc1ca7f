import CurlTransport
import Credentials
import GatewayCore
import HeatPumpService
import HeatPumps
import MicrohttpdServer
import ResponseCache

/// The running parts, for those who look at the whole: metrics and status.
final class GatewayState: Sendable {
  /// One organisation's parts.
  struct Organisation: Sendable {
    let service: OrganisationService
    let broker: TokenBroker
    let upstream: UpstreamMetrics
  }

  let organisations: [Organisation]
  let cache: ResponseCache
  let transport: CurlTransportPool
  let clock: any GatewayClock
  let startedAt: MonotonicInstant
  let servers = Locked<[MicrohttpdServer]>([])
  let metrics = Locked<RequestMetrics?>(nil)
  let isDraining = Locked(false)

  init(
    organisations: [Organisation], cache: ResponseCache, transport: CurlTransportPool,
    clock: any GatewayClock
  ) {
    self.organisations = organisations
    self.cache = cache
    self.transport = transport
    self.clock = clock
    startedAt = clock.monotonic
  }

  /// Whether requests should be sent here: not while draining. A failing upstream is no reason to
  /// take the gateway out, since it answers from memory then; the details tell of it.
  var readiness: Services.Readiness {
    var details = JSONObject()
    details["organisations"] = .array(
      organisations.map { organisation in
        [
          "name": .string(organisation.service.settings.name),
          "upstream": .string(organisation.service.health.rawValue),
          "token": .bool(organisation.broker.status.isUsable),
        ]
      })
    return Services.Readiness(isReady: !isDraining.withLock { $0 }, details: details)
  }
}
