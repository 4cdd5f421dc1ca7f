import Foundation
import HeatPumpClient

private let pump = "01a22ae9-176f-799b-9c15-1e16f6c60ca2"
private let tag = "\"7\""

/// All that the client can be asked for, with every parameter.
struct EveryCall {
  let gateway: GatewayClient

  /// Makes all calls.
  func run() async throws {
    try await read()
    for user in [nil, "01a22ae9-176f-799b-9c15-1e16f6c60ca3"] {
      try await read(pump, user)
      try await write(pump, user)
    }
    let operation = try await gateway.operation("o")
    _ = try await gateway.cancelOperation(operation.id)
    try await jobs()
    try await events()
    try await subscriptions()
    try await deliveries()
    try await hookEvents()
  }

  private func read() async throws {
    let age: [ReadAge] = [.usual, .newest, .atMost(3), .stale(60), .cachedOnly]
    for age in age { _ = try await gateway.heatPump("smith-home", fields: ["pause"], age: age) }
    _ = try await gateway.heatPumps(fields: ["pause", "readings"], limit: 5, cursor: "x")
    _ = try await gateway.heatPumps(ofUser: pump, fields: ["pause"], limit: 5, cursor: "x")
  }

  private func read(_ name: String, _ user: String?) async throws {
    _ = try await gateway.heatPump(name, user: user, fields: ["pause"])
    _ = try await gateway.heatPump(name, user: user, ifChangedFrom: "\"a.b\"")
    _ = try await gateway.statistics(
      of: name, user: user, resolutions: ReportResolution.known, keywords: ReportKeyword.known,
      age: .newest)
    _ = try await gateway.savings(
      of: name, user: user, from: "2026-01-01", to: ReportTime(Date()),
      resolutions: ReportResolution.known, age: .atMost(60))
  }

  private func write(_ name: String, _ user: String?) async throws {
    for waiting in [WriteWaiting.usual, .notAtAll, .atMost(2)] {
      _ = try await gateway.update(
        name, .everything, user: user, ifMatch: "\"a.b\"", waiting: waiting)
    }
    let commands: [Command] = [
      .pauseFor("PT2H"), .pauseUntil(Date()), .resume, .comeBack, .stopOptimizing,
      .away(until: Date(), minimumTemperature: 16.5), .optimize(level: "max"),
    ]
    for command in commands {
      _ = try await gateway.run(command, on: name, user: user, ifMatch: "\"a.b\"")
    }
    _ = try await gateway.operations(of: name, user: user, limit: 1, cursor: "1")
  }

  private func jobs() async throws {
    let selections: [NewJob.Selection] = [
      .all, .heatPumps(["a"]), .users([pump]), .filter(["/pause/active": false]),
    ]
    for selection in selections {
      for change in [NewJob.Change.patch(.everything), .command(.pauseFor("PT2H"))] {
        var job = NewJob(change, of: selection)
        job.ratePerSecond = 1.5
        job.ramp = ISODuration(.seconds(60))
        job.abortAbovePercent = 20
        job.deadline = Date()
        job.revertAfter = "PT1H"
        _ = try await gateway.start(job)
        _ = try await gateway.preview(job)
      }
    }
    _ = try await gateway.jobs(limit: 5, cursor: "1")
    _ = try await gateway.job("j")
    for revert in [nil, true] { _ = try await gateway.cancelJob("j", revert: revert) }
    _ = try await gateway.results(ofJob: "j", limit: 5, cursor: "1")
  }

  private func events() async throws {
    let selection = EventSelection(types: [.jobEnded, .added], heatPumps: ["smith-home"])
    _ = try await gateway.events(after: 3, limit: 5, of: selection)
    for try await _ in gateway.stream(after: 3, of: selection) {}
  }

  private func subscriptions() async throws {
    _ = try await gateway.subscribe(NewSubscription(to: "https://portal.example.com/events"))
    _ = try await gateway.subscribe(.everything)
    _ = try await gateway.subscriptions(limit: 5, cursor: "x")
    _ = try await gateway.subscription("s")
    _ = try await gateway.updateSubscription("s", .everything, ifMatch: tag)
    _ = try await gateway.pauseSubscription("s", ifMatch: tag)
    _ = try await gateway.resumeSubscription("s", ifMatch: tag)
    for overlap in [nil, ISODuration("PT1H")] {
      _ = try await gateway.rotateSecret(ofSubscription: "s", overlap: overlap, ifMatch: tag)
    }
    _ = try await gateway.testSubscription("s")
    for start in [ReplayStart.time(Date()), .sequence(7)] {
      _ = try await gateway.replaySubscription("s", since: start)
    }
    try await gateway.deleteSubscription("s", ifMatch: tag)
  }

  private func deliveries() async throws {
    for state in DeliveryState.known {
      _ = try await gateway.deliveries(ofSubscription: pump, state: state, limit: 5, cursor: "x")
    }
    _ = try await gateway.delivery("d")
    _ = try await gateway.replayDelivery("d")
  }

  private func hookEvents() async throws {
    for state in HookEventState.known {
      let selection = HookEventSelection(
        hook: "house", state: state, heatPump: "smith-home", since: Date(), until: Date())
      _ = try await gateway.hookEvents(of: selection, limit: 5, cursor: "1")
    }
    _ = try await gateway.hookEvent("e")
    _ = try await gateway.replayHookEvent("e")
  }
}

extension NewSubscription {
  /// Has every member there is.
  static let everything = {
    var subscription = NewSubscription(
      to: "https://portal.example.com/events", eventTypes: [.added, .jobEnded],
      heatPumps: ["smith-home"])
    subscription.format = .cloudEvents
    subscription.description = "the portal"
    return subscription
  }()
}

extension SubscriptionPatch {
  /// Sets every member there is, to null where it can be.
  static let everything = {
    var patch = SubscriptionPatch()
    patch.url = .to("https://portal.example.com/events")
    patch.eventTypes = .to([.every])
    patch.heatPumps = .to(["*"])
    patch.format = .to(.standard)
    patch.description = .to(nil)
    return patch
  }()
}
