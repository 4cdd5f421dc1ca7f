import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Heat pumps that others change, gateways that look at them, one after the other on one database,
/// and those who listen.
struct EventChaosStage: Sendable {
  let scale: EventChaosScale
  let simulator: PoderoSimulator
  let receivers: EventChaosReceivers
  let ledger = EventChaosLedger()
  let switchboard = ChaosSwitchboard()
  private let folder: TemporaryFolder

  /// Runs `body` on a stage; simulator and receivers are gone afterwards, whatever happened.
  static func with(
    _ scale: EventChaosScale, _ body: @Sendable (EventChaosStage) async throws -> Void
  ) async throws {
    var settings = SimulatorSettings()
    settings.users = scale.users
    // Nothing changes by itself, so that whatever changed was changed.
    settings.timeFactor = 0
    settings.journalFields = EventChaosField.allCases.map(\.upstreamName)
    await Turnstile.shared.enter()
    defer { Turnstile.shared.leave() }
    let simulator = try await PoderoSimulator.start(settings)
    do {
      let receivers = try EventChaosReceivers()
      defer { receivers.stop() }
      try await body(
        EventChaosStage(
          scale: scale, simulator: simulator, receivers: receivers, folder: TemporaryFolder()))
    } catch {
      await simulator.stop()
      throw error
    }
    await simulator.stop()
  }

  // MARK: Gateways

  private static let looked = #"observations_total{organisation="acme"}"#

  private var setup: GatewaySetup {
    var setup = GatewaySetup(origin: simulator.origin)
    setup.organisation["polling"] = ["interval": .string("PT\(scale.interval)S")]
    setup.organisation["discovery"] = ["enabled": true, "interval": "PT24H"]
    setup.more["storage"] = ["sqlite": ["path": .string(folder.path + "/gateway.db")]]
    setup.more["webhooks_out"] = ["allow": ["127.0.0.0/8"], "timeout": "PT1S"]
    setup.scopes["portal"] = ["events:read", "subscriptions:write"]
    setup.logLevel = "info"
    return setup
  }

  /// Starts a gateway and tells those who listen.
  func start() async throws -> GatewayProcess {
    let gateway = try await GatewayProcess.start(setup)
    switchboard.open(gateway.port)
    return gateway
  }

  /// Starts the first gateway, subscribes everybody, and lets it look at all heat pumps once.
  ///
  /// - Returns: the gateway, and what all heat pumps are like.
  func begin() async throws -> (
    gateway: GatewayProcess, before: [ResourceID: [EventChaosField: Int]]
  ) {
    let gateway = try await start()
    try await gateway.waitForLine("of the discovery") {
      $0["message"]?.string == "organisation discovered"
    }
    try await receivers.subscribe(to: gateway)
    let admin = DeliveryGateway(process: gateway)
    try await eventually("listening to all") {
      try await admin.metric(#"polled_users{organisation="acme"}"#) == Double(scale.users)
    }
    let former = try await admin.metric(Self.looked) ?? 0
    try await each(simulator.userIDs) { user in
      // In place of a whole interval of waiting for the first look.
      let list = try await client(gateway.port).get(
        "/v1/users/\(user)/heat-pumps", ["Cache-Control": "no-cache"])
      #expect(list.status == 200)
    }
    try await eventually("first looks") {
      let waiting = try await admin.metric(#"observations_waiting{organisation="acme"}"#)
      let looked = try await admin.metric(Self.looked) ?? 0
      return waiting == 0 && looked >= former + Double(simulator.heatPumpCount)
    }
    var before: [ResourceID: [EventChaosField: Int]] = [:]
    for look in looks(simulator.calls()) { before[look.heatPump] = look.values }
    return (gateway, before)
  }

  /// Lets a gateway live for so long, and kills it.
  func live(_ gateway: GatewayProcess, for time: Duration) async throws {
    let start = SystemClock().wall
    await pass(time)
    switchboard.shut()
    let end = SystemClock().wall
    gateway.signal(SIGKILL)
    #expect(try await gateway.wait() == .killed(SIGKILL))
    ledger.note(EventChaosReckoning.Life(from: start, to: end))
  }

  /// Lets time pass, slow on purpose: it is what polls wait for.
  func pass(_ time: Duration) async { try? await Task.sleep(for: time) }

  func client(_ port: UInt16) -> HTTPClient {
    HTTPClient(port: port, key: .portal, transcript: Locked([]))
  }

  // MARK: Listening

  /// Reads the feed through all gateways until the switchboard closes and nothing is left.
  func followFeed() async {
    var after = 0
    while true {
      let isClosing = switchboard.isClosing
      guard let place = switchboard.present,
        let page = try? await client(place.port).get("/v1/events?after=\(after)&limit=500")
      else {
        if isClosing { return }
        await pass(.milliseconds(20))
        continue
      }
      guard page.status == 200, let items = page.at("/items")?.array else {
        ledger.complain("the feed answered \(page.verdict)")
        return
      }
      if page.at("/gap") != false { ledger.complain("the feed has a gap after \(after)") }
      for item in items {
        guard let event = EventChaosReckoning.Told(item) else {
          ledger.complain("no event: \(item.text)")
          continue
        }
        ledger.note(event)
      }
      after = page.at("/next_after")?.integer ?? after
      guard items.isEmpty else { continue }
      if isClosing { return }
      await pass(.milliseconds(100))
    }
  }

  /// Reads the stream through all gateways, each time from where it was, until the switchboard
  /// closes.
  func followStream() async {
    var (last, generation) = (0, 0)
    while !switchboard.isClosing {
      guard let place = switchboard.present, place.generation > generation,
        let stream = try? await StreamClient.open(
          port: place.port, .portal, lastEventID: last)
      else {
        await pass(.milliseconds(20))
        continue
      }
      guard stream.head.status == 200 else {
        ledger.complain("the stream answered \(stream.head.status)")
        return
      }
      while let message = try? await stream.next() {
        last = message.id ?? last
        guard let event = message.event, event != "end" else { continue }
        guard let number = message.data?["data"]?["sequence"]?.integer else {
          ledger.complain("the stream sent \(event)")
          continue
        }
        ledger.note(streamed: number)
      }
      generation = place.generation
    }
  }

  // MARK: Afterwards

  /// The heat pumps that calls showed, in their order.
  func looks(_ calls: [SeenCall]) -> [EventChaosReckoning.Look] {
    calls.flatMap { call in
      call.shown.map { shown in
        EventChaosReckoning.Look(
          at: call.time, heatPump: shown.id, isPoll: call.call == .list,
          values: Dictionary(
            uniqueKeysWithValues: zip(EventChaosField.allCases, shown.values).compactMap {
              field, value in EventChaosField.reading(value).map { (field, $0) }
            }))
      }
    }
  }

  /// Does it for all items, some at a time.
  func each<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, item) in items.enumerated() {
        if index >= 8 { try await group.next() }
        group.addTask { try await body(item) }
      }
      try await group.waitForAll()
    }
  }
}
