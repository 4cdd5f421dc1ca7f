import Credentials
import GatewayCore
import HeatPumpService
import HeatPumps
import MicrohttpdServer
import PoderoClient
import ResponseCache
import Storage
import Webhooks

/// All metrics, gathered when they are asked for. Labels come from closed sets: route templates,
/// call names, outcomes, organisations; never a path, an id or a value of a caller's.
enum MetricsPage {
  static func text(_ gateway: GatewayState) -> String {
    var page = MetricsText()
    page.add(
      "build_info",
      [([("version", gatewayVersion)], 1)])
    addRequests(&page, gateway)
    addConnections(&page, gateway)
    addStreams(&page, gateway)
    addCache(&page, gateway)
    for part in [
      addUpstream, addTokens, addIdentity, addWrites, addPolls, addEvents, addHooks, addDeliveries,
      addStorage, addOperations, addConfiguration, addLogins, addCertificates, addDurations,
    ] {
      part(&page, gateway)
    }
    return page.text
  }

  private static func addRequests(_ page: inout MetricsText, _ gateway: GatewayState) {
    let counts = gateway.metrics.withLock { $0 }?.counts ?? []
    page.add(
      "requests_total",
      counts.map { row in
        (
          [("method", row.method), ("route", row.template), ("status", row.status)],
          Double(row.count)
        )
      })
  }

  private static func addConnections(_ page: inout MetricsText, _ gateway: GatewayState) {
    let counters = gateway.servers.withLock { $0 }.map(\.counters)
    page.add(
      "connections",
      [([], Double(counters.reduce(0) { $0 + $1.connections }))])
    page.add(
      "connections_refused_total",
      [([], Double(counters.reduce(0) { $0 + $1.turnedAway }))])
    page.add(
      "requests_suspended",
      [([], Double(counters.reduce(0) { $0 + $1.suspended }))])
    page.add(
      "requests_refused_total",
      [([], Double(counters.reduce(0) { $0 + $1.refused }))])
    page.add("streams", [([], Double(counters.reduce(0) { $0 + $1.streams }))])
    page.add(
      "streams_opened_total",
      [([], Double(counters.reduce(0) { $0 + $1.streamsOpened }))])
    page.add(
      "streams_cut_total",
      [([], Double(counters.reduce(0) { $0 + $1.streamsCut }))])
  }

  private static func addLogins(_ page: inout MetricsText, _ gateway: GatewayState) {
    guard let login = gateway.login.withLock({ $0 }) else { return }
    page.add(
      "admin_logins_total",
      login.counts.map { ([("outcome", $0.outcome.rawValue)], Double($0.count)) })
    page.add(
      "admin_sessions",
      [([], Double(login.sessions.count))])
  }

  private static func addStreams(_ page: inout MetricsText, _ gateway: GatewayState) {
    let hubs = gateway.events.hubs.map { ([("organisation", $0.organisation)], $0.figures) }
    page.add(
      "streams_ended_total",
      hubs.flatMap { labels, figures in
        StreamEnd.allCases.map { end in
          (labels + [("end", end.rawValue)], Double(figures.ends[end]?.value ?? 0))
        }
      })
    page.add(
      "stream_events_total",
      hubs.map { ($0, Double($1.sent.value)) })
    page.add(
      "stream_resyncs_total",
      hubs.map { ($0, Double($1.resyncs.value)) })
    page.add(
      "stream_pages_total",
      hubs.map { ($0, Double($1.pages.value)) })
  }

  private static func addCache(_ page: inout MetricsText, _ gateway: GatewayState) {
    let figures = gateway.cache.figures
    page.add("cache_entries", [([], Double(figures.entries))])
    page.add("cache_bytes", [([], Double(figures.bytes))])
    page.add(
      "cache_evictions_total",
      [([], Double(figures.evictions))])
    page.add(
      "reads_total",
      gateway.organisations.flatMap { organisation in
        CacheOutcome.Kind.allCases.map { kind in
          (
            labels(organisation) + [("outcome", kind.rawValue)],
            Double(organisation.service.figures.reads[kind] ?? 0)
          )
        }
      })
  }

  private static func addUpstream(_ page: inout MetricsText, _ gateway: GatewayState) {
    let sums = gateway.organisations.flatMap { organisation in
      organisation.upstream.sorted.map { row in
        (
          labels: labels(organisation) + [
            ("call", row.label.call), ("outcome", row.label.outcome),
          ], sum: row.sum
        )
      }
    }
    page.add(
      "upstream_requests_total",
      sums.map { ($0.labels, Double($0.sum.count)) })
    page.add(
      "upstream_request_seconds_total",
      sums.map { ($0.labels, $0.sum.seconds) })
    let states = gateway.organisations.map { ($0, $0.service.client.status) }
    page.add(
      "upstream_in_flight",
      states.map { (labels($0), Double($1.budget.inFlight)) })
    page.add(
      "upstream_breaker_closed",
      states.map { (labels($0), $1.breaker.phase == .closed ? 1 : 0) })
  }

  private static func addTokens(_ page: inout MetricsText, _ gateway: GatewayState) {
    let states = gateway.organisations.map { ($0, $0.broker.status) }
    page.add(
      "token_usable",
      states.map { (labels($0), $1.isUsable ? 1 : 0) })
    page.add(
      "token_expires_seconds",
      states.compactMap { organisation, status in
        status.expiresIn.map { (labels(organisation), $0.seconds) }
      })
    page.add(
      "token_fetches_total",
      states.map { (labels($0), Double($1.fetches)) })
    page.add(
      "token_failures_total",
      states.map { (labels($0), Double($1.failures)) })
  }

  private static func addWrites(_ page: inout MetricsText, _ gateway: GatewayState) {
    let figures = gateway.organisations.map { ($0, $0.service.figures) }
    page.add(
      "writes_total",
      figures.flatMap { organisation, figures in
        [
          ("applied", figures.writesApplied), ("unapplied", figures.writesUnapplied),
          ("failed", figures.writesFailed),
        ].map { (labels(organisation) + [("outcome", $0)], Double($1)) }
      })
    page.add(
      "upstream_reset_fields_total",
      figures.map { (labels($0), Double($1.fieldsReset)) })
  }

  private static func addPolls(_ page: inout MetricsText, _ gateway: GatewayState) {
    let figures = gateway.organisations.map { (labels($0), $0.service.pollFigures) }
    page.add(
      "polls_total",
      figures.flatMap { labels, figures in
        PollOutcome.allCases.map {
          (labels + [("outcome", $0.rawValue)], Double(figures.polls[$0] ?? 0))
        }
      })
    page.add(
      "polled_users",
      figures.map { ($0, Double($1.users)) })
    page.add(
      "poll_interval_seconds",
      figures.map { ($0, $1.interval.seconds) })
    page.add(
      "poll_backpressure",
      figures.map { ($0, $1.backpressure) })
  }

  private static func addEvents(_ page: inout MetricsText, _ gateway: GatewayState) {
    let figures = gateway.organisations.map { (labels($0), $0.service.eventFigures) }
    page.add(
      "observations_total",
      figures.map { ($0, Double($1.observations)) })
    page.add(
      "observations_dropped_total",
      figures.map { ($0, Double($1.dropped)) })
    page.add(
      "observations_waiting",
      figures.map { ($0, Double($1.waiting)) })
    page.add(
      "events_total",
      figures.flatMap { labels, figures in
        HeatPumpEventType.allCases.map {
          (labels + [("type", $0.rawValue)], Double(figures.events[$0.rawValue] ?? 0))
        }
      })
  }

  private static func addHooks(_ page: inout MetricsText, _ gateway: GatewayState) {
    let counts = gateway.generations.current.hooks.counts
    page.add(
      "hook_events_total",
      counts.map { ([("hook", $0.hook), ("outcome", $0.outcome)], Double($0.count)) })
  }

  private static func addDeliveries(_ page: inout MetricsText, _ gateway: GatewayState) {
    if let metrics = gateway.deliverer.withLock({ $0 })?.metrics {
      page.add(
        "delivery_attempts_total",
        metrics.counts.map { ([("outcome", $0.outcome.rawValue)], Double($0.count)) })
      page.add(
        "delivery_attempt_seconds_total",
        [([], metrics.seconds)])
      page.add(
        "subscription_warnings_total",
        [([], Double(metrics.warnings))])
      page.add(
        "subscriptions_disabled_total",
        [([], Double(metrics.disablings))])
    }
    guard let measures = gateway.storageWatch.view.measures else { return }
    page.add(
      "deliveries_pending",
      [([], Double(measures.pendingDeliveries))])
    page.add(
      "deliveries_oldest_seconds",
      [([], age(of: measures.oldestDelivery, gateway).seconds)])
    page.add(
      "subscriptions",
      ["active", "paused", "disabled"].map {
        ([("state", $0)], Double(measures.subscriptions[$0] ?? 0))
      })
  }

  private static func addStorage(_ page: inout MetricsText, _ gateway: GatewayState) {
    let view = gateway.storageWatch.view
    page.add(
      "storage_writable",
      [([], view.fault == nil ? 1 : 0)])
    guard let statistics = view.statistics else { return }
    page.add(
      "storage_commits_total",
      [([], Double(statistics.commits))])
    page.add(
      "storage_commands_total",
      [([], Double(statistics.commands))])
    page.add(
      "storage_commit_failures_total",
      [([], Double(statistics.failedCommits))])
    page.add(
      "storage_refusals_total",
      [([], Double(statistics.refusals))])
    page.add(
      "storage_waiting",
      [([], Double(statistics.waiting))])
  }

  private static func addOperations(_ page: inout MetricsText, _ gateway: GatewayState) {
    guard let measures = gateway.storageWatch.view.measures else { return }
    page.add(
      "storage_database_bytes",
      [([], Double(measures.databaseBytes))])
    if let bytes = measures.logBytes {
      page.add("storage_log_bytes", [([], Double(bytes))])
    }
    page.add(
      "operations",
      [OperationState.queued, .sent, .accepted].map {
        ([("state", $0.rawValue)], Double(measures.operations[$0] ?? 0))
      })
    page.add(
      "jobs",
      [JobState.queued, .running, .reverting].map {
        ([("state", $0.rawValue)], Double(measures.jobs[$0] ?? 0))
      })
    page.add(
      "operations_oldest_seconds",
      [([], age(of: measures.oldestOpen, gateway).seconds)])
  }

  /// How long ago it was; zero if there is none.
  static func age(of time: Timestamp?, _ gateway: GatewayState) -> Duration {
    time.map { max(.zero, gateway.clock.wall - $0) } ?? .zero
  }

  private static func labels(_ organisation: GatewayState.Organisation) -> [(String, String)] {
    [("organisation", organisation.service.settings.name)]
  }
}
