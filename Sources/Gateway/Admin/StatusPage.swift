import Credentials
import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache
import Storage
import Webhooks

/// The gateway's state as JSON for an operator. Of a token it shows age and generation, never the
/// value.
enum StatusPage {
  static func json(_ gateway: GatewayState) -> JSONValue {
    let cache = gateway.cache.figures
    return [
      "version": .string(gatewayVersion),
      "uptime": .string((gateway.clock.monotonic - gateway.startedAt).iso8601),
      "draining": .bool(gateway.isDraining.withLock { $0 }),
      "cache": [
        "entries": number(cache.entries), "bytes": number(cache.bytes),
        "evictions": number(cache.evictions),
      ],
      "configuration": configuration(gateway.reloads.state),
      "storage": storage(gateway), "deliveries": deliveries(gateway),
      "organisations": .array(gateway.organisations.map { organisation($0, gateway) }),
    ]
  }

  private static func configuration(_ state: ReloadRecord.State) -> JSONValue {
    var refused = JSONValue.null
    if let refusal = state.refusal {
      refused = [
        "at": .string(refusal.at.description),
        "mistakes": .array(refusal.mistakes.map(ReloadEndpoint.json)),
      ]
    }
    return [
      "generation": number(state.generation), "loaded_at": .string(state.loadedAt.description),
      "current": .bool(state.isCurrent),
      "needs_restart": .array(state.needsRestart.map(JSONValue.string)), "refused": refused,
    ]
  }

  private static func storage(_ gateway: GatewayState) -> JSONValue {
    let view = gateway.storageWatch.view
    var storage = JSONObject()
    storage["state"] = .string(view.state)
    storage["fault"] = view.fault.map { .string("\($0)") } ?? .null
    if let statistics = view.statistics {
      storage["last_fault"] = statistics.lastFault.map { .string("\($0)") } ?? .null
      storage["commits"] = number(statistics.commits)
      storage["commands"] = number(statistics.commands)
      storage["commit_failures"] = number(statistics.failedCommits)
      storage["refusals"] = number(statistics.refusals)
      storage["waiting"] = number(statistics.waiting)
    }
    if let measures = view.measures {
      storage["database_bytes"] = number(Int(measures.databaseBytes))
      if let bytes = measures.logBytes { storage["log_bytes"] = number(Int(bytes)) }
      var operations = JSONObject()
      for state in [OperationState.queued, .sent, .accepted] {
        operations[state.rawValue] = number(measures.operations[state] ?? 0)
      }
      storage["operations"] = .object(operations)
      storage["oldest_open"] = duration(MetricsPage.age(of: measures.oldestOpen, gateway))
    }
    return .object(storage)
  }

  private static func deliveries(_ gateway: GatewayState) -> JSONValue {
    var deliveries = JSONObject()
    if let metrics = gateway.deliverer.withLock({ $0 })?.metrics {
      var attempts = JSONObject()
      for (outcome, count) in metrics.counts where count > 0 {
        attempts[outcome.rawValue] = number(count)
      }
      deliveries["attempts"] = .object(attempts)
      deliveries["warnings"] = number(metrics.warnings)
      deliveries["disabled"] = number(metrics.disablings)
    }
    if let measures = gateway.storageWatch.view.measures {
      deliveries["pending"] = number(measures.pendingDeliveries)
      deliveries["oldest"] = duration(MetricsPage.age(of: measures.oldestDelivery, gateway))
      var subscriptions = JSONObject()
      for state in ["active", "paused", "disabled"] {
        subscriptions[state] = number(measures.subscriptions[state] ?? 0)
      }
      deliveries["subscriptions"] = .object(subscriptions)
    }
    return .object(deliveries)
  }

  private static func organisation(
    _ organisation: GatewayState.Organisation, _ gateway: GatewayState
  ) -> JSONValue {
    let service = organisation.service
    let upstream = service.client.status
    let polls = service.pollFigures
    let (events, figures) = (service.eventFigures, service.figures)
    return [
      "name": .string(service.settings.name),
      "write_mode": .string(service.writeMode.rawValue),
      "heat_pumps": number(service.directory.count),
      "streams": streams(gateway.events.hubs.first { $0.organisation == service.settings.name }),
      "token": token(organisation.broker.status, gateway.clock.wall),
      "upstream": [
        "health": .string(upstream.health.rawValue),
        "breaker": .string(upstream.breaker.phase.rawValue),
        "failures": number(upstream.breaker.failures),
        "in_flight": number(upstream.budget.inFlight),
        "in_flight_limit": number(upstream.budget.inFlightLimit),
        "waiting": number(upstream.budget.waiting.values.reduce(0, +)),
        "closed_for": duration(upstream.budget.closedFor),
        "requests": number(Int(clamping: upstream.counts.requests)),
        "retries": number(Int(clamping: upstream.counts.retries)),
        "faults": number(Int(clamping: upstream.counts.faults.values.reduce(0, +))),
      ],
      "reads": reads(figures), "writes": writes(figures),
      "polling": [
        "users": number(polls.users), "interval": duration(polls.interval),
        "slowed_down": .bool(polls.backpressure > 1),
        "polls": number(polls.polls.values.reduce(0, +)),
      ],
      "events": [
        "stored": number(events.events.values.reduce(0, +)),
        "observations": number(events.observations), "waiting": number(events.waiting),
      ],
    ]
  }

  private static func reads(_ figures: ServiceFigures) -> JSONValue {
    var reads = JSONObject()
    for kind in CacheOutcome.Kind.allCases {
      reads[kind.rawValue] = number(figures.reads[kind] ?? 0)
    }
    return .object(reads)
  }

  private static func writes(_ figures: ServiceFigures) -> JSONValue {
    [
      "applied": number(figures.writesApplied), "unapplied": number(figures.writesUnapplied),
      "failed": number(figures.writesFailed), "fields_reset": number(figures.fieldsReset),
    ]
  }

  private static func streams(_ hub: EventHub?) -> JSONValue {
    guard let hub else { return .null }
    return [
      "open": number(hub.openCount), "events_sent": number(hub.figures.sent.value),
      "resyncs": number(hub.figures.resyncs.value),
      "cut": number(hub.figures.ends[.tooSlow]?.value ?? 0),
    ]
  }

  private static func token(_ status: TokenStatus, _ now: Timestamp) -> JSONValue {
    [
      "usable": .bool(status.isUsable), "generation": number(Int(clamping: status.generation)),
      "age": duration(status.age), "expires_in": duration(status.expiresIn),
      "slot": .string(status.slot.rawValue),
      "slot_since": status.slotAge.map { .string((now - $0).description) } ?? .null,
      "request_style": .string(status.requestStyle.rawValue),
      "last_failure": status.lastFailure.map { .string($0.rawValue) } ?? .null,
      "fetches": number(Int(clamping: status.fetches)),
      "failures": number(Int(clamping: status.failures)),
    ]
  }

  private static func number(_ value: Int) -> JSONValue { .number(ExactDecimal(value)) }

  private static func duration(_ value: Duration?) -> JSONValue {
    value.map { .string($0.iso8601) } ?? .null
  }
}
