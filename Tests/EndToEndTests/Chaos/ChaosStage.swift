import GatewayCore
import Glibc
import HeatPumps
import PoderoSimulator
import SQLiteStorage
import Storage
import TestSupport
import Testing

/// A faulty upstream, one database file, and callers that outlive the gateways between them.
struct ChaosStage: Sendable {
  let simulator: PoderoSimulator
  let seed: UInt64
  let switchboard = ChaosSwitchboard()
  let ledger = ChaosLedger()
  private let folder: TemporaryFolder
  private let before: [ResourceID: HeatPumpDocument]
  private let configure: @Sendable (inout GatewaySetup, PoderoSimulator) -> Void

  /// The file that its gateways share.
  var database: String { folder.path + "/gateway.db" }

  private init(
    _ simulator: PoderoSimulator, seed: UInt64,
    _ configure: @escaping @Sendable (inout GatewaySetup, PoderoSimulator) -> Void
  ) throws {
    self.simulator = simulator
    self.seed = seed
    self.configure = configure
    folder = try TemporaryFolder()
    before = try Self.documents(simulator)
  }

  /// Runs `body` on a stage; the simulator is gone afterwards, whatever happened.
  ///
  /// - Parameter configure: adds to the configuration of its gateways.
  static func with(
    heatPumps: Int, seed: UInt64,
    configure: @escaping @Sendable (inout GatewaySetup, PoderoSimulator) -> Void = { _, _ in },
    _ body: @Sendable (ChaosStage) async throws -> Void
  ) async throws {
    var settings = SimulatorSettings()
    settings.users = (heatPumps + 1) / 2
    settings.updateLimit = 1_000_000
    // Nothing changes by itself, so that whatever changed was written.
    settings.timeFactor = 0
    await Turnstile.shared.enter()
    defer { Turnstile.shared.leave() }
    let simulator = try await PoderoSimulator.start(settings)
    do {
      let stage = try ChaosStage(simulator, seed: seed, configure)
      stage.setFaults()
      try await body(stage)
    } catch {
      await simulator.stop()
      throw error
    }
    await simulator.stop()
  }

  static func documents(
    _ simulator: PoderoSimulator
  ) throws -> [ResourceID: HeatPumpDocument] {
    var documents: [ResourceID: HeatPumpDocument] = [:]
    for number in 1...simulator.heatPumpCount {
      let id = PoderoSimulator.heatPumpID(number)
      let shown = try #require(simulator.heatPump(id)?["heat_pump"])
      documents[id] = try HeatPumpDocument(parsing: shown.encoded)
    }
    return documents
  }

  // MARK: Faults

  // Every way in which an update can go wrong that leaves a doubt, and some that leave none.
  private static let faults: [(SimulatorFault.Kind, SimulatedCall, Double)] = [
    (.latency(.milliseconds(3)), .update, 0.5), (.latency(.milliseconds(60)), .update, 0.1),
    (.status(500), .update, 0.02), (.status(500, applied: true), .update, 0.02),
    (.status(503), .update, 0.01), (.htmlPage(504, applied: true), .update, 0.01),
    (.status(422), .update, 0.01),
    (.status(429, retryAfter: .seconds(1)), .update, 0.002),
    (.resetBeforeRead, .update, 0.01),
    (.resetBeforeApplying, .update, 0.01), (.resetAfterApplying, .update, 0.03),
    (.truncatedBody, .update, 0.01), (.latency(.milliseconds(20)), .detail, 0.1),
    (.status(503), .detail, 0.02), (.resetBeforeApplying, .detail, 0.02),
  ]

  private func setFaults() {
    for (index, (kind, call, probability)) in Self.faults.enumerated() {
      simulator.setFault(
        SimulatorFault(
          kind, call: call, probability: probability, seed: seed &+ UInt64(index)))
    }
    // Twice only: a server that takes back one fresh token after the other is asked less.
    simulator.setFault(
      SimulatorFault(.revokeTokens, call: .update, count: 2, probability: 0.002, seed: seed))
  }

  // MARK: The gateway

  /// The configuration of each of its gateways.
  ///
  /// - Parameter crashPoint: the step of a write at which it kills itself.
  func setup(crashPoint: String? = nil) -> GatewaySetup {
    var setup = GatewaySetup(origin: simulator.origin)
    setup.setTimeouts(total: "PT2S")
    setup.more["storage"] = ["sqlite": ["path": .string(database)]]
    setup.logLevel = "notice"
    setup.environment["PODERO_GATEWAY_CRASH_POINT"] = crashPoint
    configure(&setup, simulator)
    return setup
  }

  /// Starts a gateway and tells the callers.
  func start(crashPoint: String? = nil) async throws -> GatewayProcess {
    let gateway = try await GatewayProcess.start(setup(crashPoint: crashPoint))
    switchboard.open(gateway.port)
    return gateway
  }

  // MARK: Callers

  /// Sends a write until it is answered; without a key, just once.
  ///
  /// - Parameter generation: of the last gateway that did not answer.
  func send(_ write: ChaosWrite, after generation: inout Int) async throws {
    for number in 1... {
      let place = try await switchboard.place(after: generation)
      do {
        ledger.note(write, try await send(write, name: "\(number)", to: place.port))
        return
      } catch is RawHTTPClient.Fault {
        ledger.noteLost()
        generation = place.generation
        if write.key == nil { return }
      }
    }
  }

  private func send(_ write: ChaosWrite, name: String, to port: UInt16) async throws -> Answer {
    try await client(port).send(
      write.method, path(PoderoSimulator.heatPumpID(write.heatPump)) + write.suffix,
      write.headers(name), body: write.body?.encoded ?? (write.method == "POST" ? [] : nil))
  }

  private func path(_ heatPump: ResourceID) throws -> String {
    "/v1/users/\(try #require(simulator.owner(of: heatPump)))/heat-pumps/\(heatPump)"
  }

  /// An app that sees everything.
  func client(_ port: UInt16) -> HTTPClient {
    HTTPClient(port: port, key: .portal, transcript: Locked([]))
  }

  // MARK: Afterwards

  /// Waits until every acknowledged operation is in a definite state, and then until all are that
  /// nobody heard of.
  ///
  /// - Throws: ``NeverHappened``.
  func drain(_ gateway: GatewayProcess, within limit: Duration) async throws {
    simulator.clearFaults()
    let client = client(gateway.port)
    let clock = SystemClock()
    let end = clock.monotonic + limit
    try await forEach(ledger.acknowledged.sorted()) { id in
      try await eventually("end of operation \(id)", within: max(.zero, end - clock.monotonic)) {
        let answer = try await client.get("/v1/operations/\(id)")
        guard answer.status == 200 else {
          Issue.record("acknowledged operation \(id): \(answer.verdict)")
          return true
        }
        return !isOpen(answer.json)
      }
    }
    try await forEach(before.keys.sorted()) { id in
      let path = try path(id) + "/operations?limit=500"
      try await eventually("end of all of \(id)", within: max(.zero, end - clock.monotonic)) {
        let answer = try await client.get(path)
        return try !#require(answer.at("/items")?.array).contains(where: isOpen)
      }
    }
  }

  private func isOpen(_ operation: JSONValue) -> Bool {
    ["queued", "sent"].contains(operation["state"]?.string)
  }

  /// Sends every write with a key once more: the answer is the one before, or is about the same
  /// operation.
  ///
  /// - Returns: how many were sent.
  func repeatKeys(_ gateway: GatewayProcess) async throws -> Int {
    let client = client(gateway.port)
    let keyed = ledger.entries.filter { $0.write.key != nil && $0.operation != nil }
    let sent = Locked(0)
    try await forEach(keyed) { entry in
      guard let id = entry.operation else { return }
      let state = try await client.get("/v1/operations/\(id)").at("/state")?.string ?? "none"
      // Nothing was done for these, and the key is free again.
      if ["failed", "expired", "cancelled"].contains(state) { return }
      let answer = try await send(entry.write, name: "again", to: gateway.port)
      sent.withLock { $0 += 1 }
      if entry.isConfirmed {
        #expect(answer.headers["idempotency-replayed"] == "true")
        #expect(answer.text == entry.text, "the same key got another answer")
      }
      let named = answer.at("/write/operation_id") ?? answer.at("/id") ?? answer.at("/operation_id")
      #expect(
        named?.string == id.description,
        "\(state) operation \(id): its key got \(answer.verdict) of \(named?.text ?? "nothing")")
    }
    return sent.withLock { $0 }
  }

  /// Reads the file that the last gateway left, and checks everything against everything.
  ///
  /// - Returns: the counts.
  func reckon() async throws -> ChaosFigures {
    let reckoning = try await reading { storage in
      try await self.reckoning(storage, acknowledged: ledger.acknowledged)
    }
    let again = reckoning.operations.filter { $0.request.origin.occasion.hasSuffix("-again") }
    #expect(again.map(\.name) == [], "a repeated key made a second operation")
    expectNone(reckoning.findings + ledger.findings)
    return reckoning.figures
  }

  /// Reads the file that the last gateway left; it must be whole.
  func reading<Value: Sendable>(
    _ body: (SQLiteStorage) async throws -> Value
  ) async throws -> Value {
    let storage = try await SQLiteStorage.open(path: database)
    let damages = try await storage.integrityCheck()
    #expect(damages == [])
    let value = try await body(storage)
    await storage.close()
    return value
  }

  /// What is stored of all heat pumps, and what the simulator has seen and shows.
  func reckoning(
    _ storage: SQLiteStorage, acknowledged: Set<ResourceID>
  ) async throws -> ChaosReckoning {
    var operations: [StoredOperation] = []
    for id in before.keys {
      guard let owner = simulator.owner(of: id) else { continue }
      let heatPump = HeatPumpReference(organisation: "acme", user: owner, id: id)
      operations += try await storage.operations(of: heatPump, before: nil, limit: .max)
    }
    return ChaosReckoning(
      operations: operations,
      arrivals: simulator.updates().map { update in
        ChaosReckoning.Arrival(
          heatPump: update.heatPump, at: update.time, body: stableHash(update.body),
          applied: update.applied, status: update.status)
      },
      acknowledged: acknowledged, before: before, after: try Self.documents(simulator))
  }

  /// Expects that nothing is wrong.
  func expectNone(_ findings: [String]) {
    #expect(
      findings.isEmpty,
      "seed \(seed), \(findings.count) findings:\n\(findings.prefix(20).joined(separator: "\n"))")
  }

  /// Does it for all items, some at a time.
  func forEach<Item: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
  ) async throws {
    let next = Locked(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          while true {
            let index = next.withLock { index in
              defer { index += 1 }
              return index
            }
            guard index < items.count else { return }
            try await body(items[index])
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

/// Says how a large run went: where everything passes, nothing else would.
func report(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(STDOUT_FILENO, bytes, bytes.count)
}
