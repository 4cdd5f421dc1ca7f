import GatewayCore
import HeatPumps
import PoderoSimulator
import PostgresStorage
import Storage
import TestSupport
import Testing

/// A faulty upstream, a PostgreSQL server, gateways on it, and callers that come to any of them.
final class ClusterChaosStage: Sendable {
  let simulator: PoderoSimulator
  let database: PostgresServer
  let ledger = ChaosLedger()
  private let seed: UInt64
  private let setup: GatewaySetup
  private let before: [ResourceID: HeatPumpDocument]
  private let gateways: Locked<[GatewayProcess?]>
  private let isServerUp = Locked(true)
  private let isClosing = Locked(false)
  private let reads = Locked<[String: Int]>([:])

  private init(
    _ simulator: PoderoSimulator, _ database: PostgresServer, gateways: Int, seed: UInt64
  ) throws {
    self.simulator = simulator
    self.database = database
    self.seed = seed
    before = try ChaosStage.documents(simulator)
    self.gateways = Locked(Array(repeating: nil, count: gateways))
    var setup = GatewaySetup(origin: simulator.origin)
    setup.setTimeouts(total: "PT2S")
    setup.more["storage"] = [
      "postgres": ["url": ["env": "DATABASE"], "connections": 6],
      "encryption_key": ["env": "SHARED_KEY"],
    ]
    setup.environment["DATABASE"] = database.address
    setup.environment["SHARED_KEY"] = Base64.text(Array(repeating: 7, count: 32))
    setup.logLevel = "notice"
    self.setup = setup
  }

  /// Runs `body` on a stage with so many gateways; all of it is gone afterwards.
  ///
  /// - Parameter products: the folder of the program that they begin with, if it is another one.
  static func with(
    gateways: Int, heatPumps: Int, seed: UInt64, products: String? = nil,
    _ body: @Sendable (ClusterChaosStage) async throws -> Void
  ) async throws {
    var settings = SimulatorSettings()
    settings.users = (heatPumps + 1) / 2
    settings.updateLimit = 1_000_000
    settings.timeFactor = 0
    await Turnstile.shared.enter()
    defer { Turnstile.shared.leave() }
    let simulator = try await PoderoSimulator.start(settings)
    let database = try await PostgresServer()
    let result: Result<Void, any Error>
    do {
      let stage = try ClusterChaosStage(simulator, database, gateways: gateways, seed: seed)
      defer { for gateway in stage.gateways.withLock({ $0 }) { gateway?.signal(9) } }
      for slot in 0..<gateways { try await stage.start(slot, products) }
      stage.setFaults()
      result = .success(try await body(stage))
    } catch {
      result = .failure(error)
    }
    await simulator.stop()
    try? await database.stop()
    try result.get()
  }

  // Those of ``ChaosStage`` that leave a doubt.
  private func setFaults() {
    let faults: [(SimulatorFault.Kind, SimulatedCall, Double)] = [
      (.latency(.milliseconds(60)), .update, 0.2), (.status(500, applied: true), .update, 0.02),
      (.status(503), .update, 0.01), (.resetAfterApplying, .update, 0.03),
      (.resetBeforeApplying, .update, 0.01), (.status(503), .detail, 0.02),
    ]
    for (index, (kind, call, probability)) in faults.enumerated() {
      simulator.setFault(
        SimulatorFault(kind, call: call, probability: probability, seed: seed &+ UInt64(index)))
    }
  }

  // MARK: Gateways and server

  /// Starts a gateway in a place.
  func start(_ slot: Int, _ products: String? = nil) async throws {
    var setup = setup
    setup.products = products
    let gateway = try await GatewayProcess.start(setup)
    gateways.withLock { $0[slot] = gateway }
  }

  /// Kills the gateway in a place; another is there afterwards.
  func killGateway(_ slot: Int) async throws {
    let gateway = take(slot)
    gateway?.signal(9)
    _ = try await gateway?.wait()
    try await start(slot)
  }

  /// Ends the gateway in a place as an operator would, and starts one of another build.
  func replaceGateway(_ slot: Int, _ products: String?) async throws {
    let ending = try await take(slot)?.terminate()
    #expect(ending == .exited(0))
    try await start(slot, products)
  }

  private func take(_ slot: Int) -> GatewayProcess? {
    gateways.withLock { gateways in
      defer { gateways[slot] = nil }
      return gateways[slot]
    }
  }

  /// Kills the database server; it is there again afterwards.
  func killDatabase() async throws {
    isServerUp.withLock { $0 = false }
    try await database.kill()
    try await database.start()
    isServerUp.withLock { $0 = true }
  }

  /// Lets the callers come to an end.
  func close() { isClosing.withLock { $0 = true } }

  /// Ends all gateways as an operator would.
  func terminate() async throws {
    for gateway in gateways.withLock({ $0 }) {
      let ending = try await gateway?.terminate()
      #expect(ending == .exited(0))
    }
  }

  // MARK: Callers

  /// Sends writes, and reads what it has written to, until ``close()``.
  private func call(_ writer: ChaosWriter, numbers: Locked<Int>) async throws {
    let random = SeededRandom(seed: seed &+ UInt64(numbers.withLock { $0 }) &+ 77)
    while !isClosing.withLock({ $0 }) {
      let number = numbers.withLock { number in
        number += 1
        return number
      }
      let write = writer.write(number)
      try await send(write, random)
      try await read(write.heatPump, random)
    }
  }

  /// Lets many call at once, until ``close()``.
  func call(_ count: Int) async throws {
    let numbers = Locked(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<count {
        let writer = ChaosWriter(
          seed: seed &+ UInt64(index) &* 7919, heatPumps: simulator.heatPumpCount)
        group.addTask { [self] in try await call(writer, numbers: numbers) }
      }
      try await group.waitForAll()
    }
  }

  /// What reads came to, for people.
  var readLine: String {
    reads.withLock { $0 }.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
      .joined(separator: ", ")
  }

  // No read needs the database.
  private func read(_ number: Int, _ random: SeededRandom) async throws {
    let port = try await port(random)
    let path = try path(PoderoSimulator.heatPumpID(number))
    let verdict = (try? await client(port).get(path))?.verdict ?? "no answer"
    reads.withLock { $0[verdict, default: 0] += 1 }
    #expect(!verdict.contains("storage"), "a read was refused: \(verdict)")
  }

  // Whichever gateway, as a load balancer would.
  private func port(_ random: SeededRandom) async throws -> UInt16 {
    try await eventualValue("a gateway", within: .seconds(60)) {
      let ports = self.gateways.withLock { $0.compactMap { $0?.port } }
      return ports.isEmpty ? nil : ports[Int(random.next() % UInt64(ports.count))]
    }
  }

  // With a key until it is answered.
  private func send(_ write: ChaosWrite, _ random: SeededRandom) async throws {
    for number in 1... {
      let port = try await port(random)
      do {
        let answer = try await client(port).send(
          write.method, try path(PoderoSimulator.heatPumpID(write.heatPump)) + write.suffix,
          write.headers("\(number)"),
          body: write.body?.encoded ?? (write.method == "POST" ? [] : nil))
        if answer.problem == "storage-unavailable" {
          try await eventually("the database", within: .seconds(60)) {
            self.isServerUp.withLock { $0 }
          }
          if write.key != nil { continue }
          return
        }
        return ledger.note(write, answer)
      } catch is RawHTTPClient.Fault {
        ledger.noteLost()
        if write.key == nil { return }
      }
    }
  }

  private func path(_ heatPump: ResourceID) throws -> String {
    "/v1/users/\(try #require(simulator.owner(of: heatPump)))/heat-pumps/\(heatPump)"
  }

  private func client(_ port: UInt16) -> HTTPClient {
    HTTPClient(port: port, key: .portal, transcript: Locked([]))
  }

  // MARK: Afterwards

  /// Waits until nothing is open any more.
  func drain(within limit: Duration) async throws {
    simulator.clearFaults()
    let storage = try await open()
    do {
      try await eventually("the end of all operations", within: limit) {
        let measures = try await storage.measures()
        return measures.operations[.queued] ?? 0 == 0 && measures.operations[.sent] ?? 0 == 0
      }
    } catch {
      await storage.close()
      throw error
    }
    await storage.close()
  }

  /// Checks everything against everything.
  ///
  /// - Returns: the counts.
  func reckon() async throws -> ChaosFigures {
    let storage = try await open()
    var operations: [StoredOperation] = []
    for id in before.keys {
      guard let owner = simulator.owner(of: id) else { continue }
      operations += try await storage.operations(
        of: HeatPumpReference(organisation: "acme", user: owner, id: id), before: nil,
        limit: 100_000)
    }
    await storage.close()
    let reckoning = ChaosReckoning(
      operations: operations,
      arrivals: simulator.updates().map { update in
        ChaosReckoning.Arrival(
          heatPump: update.heatPump, at: update.time, body: stableHash(update.body),
          applied: update.applied, status: update.status)
      },
      acknowledged: ledger.acknowledged, before: before,
      after: try ChaosStage.documents(simulator))
    let findings = reckoning.findings + ledger.findings
    #expect(
      findings.isEmpty,
      "seed \(seed), \(findings.count) findings:\n\(findings.prefix(20).joined(separator: "\n"))")
    let keys = Dictionary(
      grouping: operations.filter { $0.request.origin.occasion.hasPrefix("chaos-") }
    ) { $0.request.origin.occasion.split(separator: "-").prefix(2).joined(separator: "-") }
    // A key whose write failed is free again.
    let twice = keys.filter { entry in entry.value.count(where: \.tookEffect) > 1 }
    #expect(twice.isEmpty, "a repeated key made a second operation: \(twice.keys.prefix(5))")
    return reckoning.figures
  }

  private func open() async throws -> PostgresStorage {
    try await PostgresStorage.open(PostgresSettings(url: Secret(database.address)))
  }
}
