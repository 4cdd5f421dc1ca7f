import Credentials
import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import MicrohttpdServer
import ResponseCache
import Storage
import Webhooks

/// The running parts, for those who look at the whole: metrics and status.
final class GatewayState: Sendable {
  /// One organisation's parts.
  struct Organisation: Sendable {
    let service: OrganisationService
    let broker: TokenBroker
    let upstream: UpstreamMetrics
  }

  /// What requests are judged by.
  let generations: Generations
  let cache: ResponseCache
  let storage: any Storage
  /// The log of events, as all parts share it.
  let journal: EventJournal
  let events: EventOutlet
  /// The open consoles.
  let operators: OperatorBoard
  let storageWatch: StorageWatch
  let clock: any GatewayClock
  let startedAt: MonotonicInstant
  let servers = Locked<[MicrohttpdServer]>([])
  let metrics = Locked<RequestMetrics?>(nil)
  let deliverer = Locked<Deliverer?>(nil)
  let login = Locked<AdminLogin?>(nil)
  /// What the listener shows; `nil` with plain HTTP.
  let certificates = Locked<CertificateKeeper?>(nil)
  let isDraining = Locked(false)
  /// Whether the other gateways' encryption key is another one, so that nothing may be sent here.
  let hasOtherKey = Locked(false)
  /// How loading the configuration went.
  let reloads: ReloadRecord
  let reloader = Locked<Reloader?>(nil)

  /// The organisations that are configured.
  var organisations: [Organisation] { generations.current.organisations }

  init(
    generations: Generations, cache: ResponseCache, storage: any Storage,
    journal: EventJournal, streamsPerApp: Int = .max, clock: any GatewayClock, logger: Logger
  ) {
    self.generations = generations
    self.cache = cache
    self.storage = storage
    self.journal = journal
    events = EventOutlet(
      journal: journal, storage: storage,
      organisations: generations.current.organisations.map(\.service.settings.name),
      streamsPerApp: streamsPerApp, clock: clock, logger: logger)
    operators = OperatorBoard(clock: clock)
    storageWatch = StorageWatch(storage, clock: clock, logger: logger)
    self.clock = clock
    startedAt = clock.monotonic
    reloads = ReloadRecord(at: clock.wall)
  }

  /// Whether requests should be sent here: not while draining, and not with another key than the
  /// other gateways have. A failing upstream or storage is no
  /// reason to take the gateway out, since it answers reads from memory then; the details tell of
  /// it. They name no organisation, as anybody may ask; the status page does.
  var readiness: Services.Readiness {
    let health = organisations.map(\.service.health)
    let worst = UpstreamHealth.allCases.last { health.contains($0) } ?? .ok
    var details = JSONObject()
    details["upstream"] = .string(worst.rawValue)
    details["storage"] = .string(storageWatch.view.state)
    let isBarred = hasOtherKey.withLock { $0 }
    if isBarred { details["storage"] = "other_key" }
    return Services.Readiness(
      isReady: !isDraining.withLock { $0 } && !isBarred, details: details)
  }
}
