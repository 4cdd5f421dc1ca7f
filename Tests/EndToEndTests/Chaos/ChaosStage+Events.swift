import GatewayCore
import PoderoSimulator
import SQLiteStorage
import Storage
import TestSupport
import Testing

extension ChaosStage {
  /// A stage with the hooks of ``HookChaosSource``.
  static func withHooks(
    heatPumps: Int, seed: UInt64, _ body: @Sendable (ChaosStage) async throws -> Void
  ) async throws {
    try await with(
      heatPumps: heatPumps, seed: seed,
      configure: { setup, simulator in
        let ids = (1...simulator.heatPumpCount).map { PoderoSimulator.heatPumpID($0) }
        setup.addChaosHooks(
          heatPumps: ids.compactMap { id in simulator.owner(of: id).map { ($0, id) } })
      }, body)
  }

  /// An event by its number.
  func event(_ number: Int) -> HookChaosEvent {
    HookChaosEvent(number, seed: seed, heatPumps: simulator.heatPumpCount)
  }

  // MARK: Sources

  /// Tells events through one connection, which lives as long as its gateway, until all are told.
  ///
  /// - Throws: ``NeverHappened`` if no gateway comes.
  func tell(_ feed: HookChaosFeed, _ ledger: HookChaosLedger) async throws {
    var generation = 0
    var line: (place: ChaosSwitchboard.Place, connection: RawHTTPClient)?
    while let delivery = try await feed.next() {
      let event = event(delivery.number)
      ledger.noteSending(event.number)
      var isOver = false
      while !isOver {
        let place: ChaosSwitchboard.Place
        if let line {
          place = line.place
        } else {
          place = try await switchboard.place(after: generation)
        }
        do {
          let connection = try line?.connection ?? RawHTTPClient(port: place.port, timeout: 60)
          line = (place, connection)
          try await connection.send(bytes: event.request(at: SystemClock().wall))
          let answer = Answer(try await connection.answer())
          ledger.note(event.number, answer)
          if answer.headers["connection"]?.lowercased() == "close" { line = nil }
          isOver = true
        } catch is RawHTTPClient.Fault {
          ledger.noteLost()
          line = nil
          generation = place.generation
          isOver = !delivery.isPersistent
        }
      }
    }
  }

  // MARK: The weather

  /// Lets the upstream refuse all updates now and then, each time until an event has come too late
  /// for it, as long as the switchboard is open.
  ///
  /// - Returns: the states of some events as they were told on the way.
  func brew() async -> [ResourceID: Set<String>] {
    let random = SeededRandom(seed: seed &+ 17)
    var told: [ResourceID: Set<String>] = [:]
    while !switchboard.isClosing {
      let before = await listed("state=expired&limit=1").first?.id
      let storm = simulator.setFault(SimulatorFault(.status(503), call: .update))
      _ = try? await eventually("an event that is too late", within: .seconds(8)) {
        await listed("state=expired&limit=1").first?.id != before
      }
      simulator.clearFault(storm)
      for _ in 0..<(2 + random.next() % 4) {
        for (id, state) in await listed("limit=500") { told[id, default: []].insert(state) }
        _ = try? await eventually("the end", within: .seconds(2)) { switchboard.isClosing }
      }
    }
    return told
  }

  // Nothing while there is no gateway.
  private func listed(_ query: String) async -> [(id: ResourceID, state: String)] {
    guard let place = switchboard.present,
      let answer = try? await client(place.port).get("/v1/hook-events?\(query)")
    else { return [] }
    return (answer.at("/items")?.array ?? []).compactMap { item in
      guard let id = item["id"]?.string.flatMap({ ResourceID($0) }),
        let state = item["state"]?.string
      else { return nil }
      return (id, state)
    }
  }

  // MARK: Afterwards

  /// Waits until every event has an outcome.
  ///
  /// - Throws: ``NeverHappened``.
  func drainEvents(_ gateway: GatewayProcess, within limit: Duration) async throws {
    simulator.clearFaults()
    let client = client(gateway.port)
    try await eventually("outcomes of all events", within: limit) {
      let answer = try await client.get("/v1/hook-events?state=accepted&limit=1")
      return answer.status == 200 && answer.at("/items")?.array?.isEmpty == true
    }
  }

  /// Sends events again that were acknowledged; each answer has to name the first one's id.
  ///
  /// - Returns: how many.
  func repeatEvents(
    _ gateway: GatewayProcess, _ ledger: HookChaosLedger, most: Int
  ) async throws -> Int {
    let numbers = ledger.entries.filter { !$0.value.ids.isEmpty }.keys.sorted()
    let step = max(1, numbers.count / most)
    let chosen = stride(from: 0, to: numbers.count, by: step).map { numbers[$0] }
    try await forEach(chosen) { number in
      let connection = try RawHTTPClient(port: gateway.port, timeout: 60)
      try await connection.send(bytes: event(number).request(at: SystemClock().wall))
      ledger.note(number, Answer(try await connection.answer()))
    }
    return chosen.count
  }

  /// Asks the gateway for all events, page by page, and for some one by one.
  ///
  /// - Returns: the state of each.
  func toldStates(_ gateway: GatewayProcess, single: Int) async throws -> [ResourceID: String] {
    let client = client(gateway.port)
    var states: [ResourceID: String] = [:]
    var cursor = ""
    while true {
      let page = try await client.get("/v1/hook-events?limit=500\(cursor)")
      for item in try #require(page.at("/items")?.array) {
        let id = try #require(item["id"]?.string.flatMap { ResourceID($0) })
        #expect(states[id] == nil, "event \(id) is listed twice")
        states[id] = item["state"]?.string
      }
      guard let next = page.at("/next_cursor")?.string else { break }
      cursor = "&cursor=\(next)"
    }
    let ids = states.keys.sorted()
    let step = max(1, ids.count / single)
    let listed = states
    try await forEach(stride(from: 0, to: ids.count, by: step).map { ids[$0] }) { id in
      let shown = try await client.get("/v1/hook-events/\(id)")
      #expect(shown.at("/id")?.string == id.description)
      #expect(shown.at("/state")?.string == listed[id])
    }
    return states
  }

  /// Reads the file that the last gateway left, audit trail included, and holds everything against
  /// everything.
  ///
  /// - Parameters:
  ///   - count: how many events there are.
  ///   - told: the state of each event as the gateway told it in the end.
  ///   - before: the states of some as it told them on the way.
  func reckonEvents(
    _ count: Int, _ ledger: HookChaosLedger, told: [ResourceID: String],
    before: [ResourceID: Set<String>]
  ) async throws -> HookChaosReckoning {
    let audit = try ChildProcess([
      try BuiltProduct.path("podero-gateway"), "audit", "verify", "--database", database,
    ])
    #expect(try await audit.wait() == .exited(0), "\(audit.errors)")
    let reckoning = try await reading { storage in
      HookChaosReckoning(
        events: Dictionary(uniqueKeysWithValues: (1...count).map { ($0, event($0)) }),
        entries: ledger.entries,
        stored: try await storage.hookEvents(
          HookEventFilter(organisation: "acme"), before: nil, limit: .max),
        told: told, toldBefore: before,
        operations: try await self.reckoning(storage, acknowledged: []))
    }
    let refusals = ledger.refusals.sorted { $0.key < $1.key }
      .map { "\($0.value) events were answered with \($0.key)" }
    expectNone(reckoning.findings + refusals)
    return reckoning
  }
}
