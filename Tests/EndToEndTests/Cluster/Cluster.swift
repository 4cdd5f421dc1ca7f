import GatewayCore
import PoderoSimulator
import PostgresStorage
import Storage
import TestSupport
import Testing

/// A simulator, a PostgreSQL server, and gateways that share a schema on it.
struct Cluster: Sendable {
  let simulator: PoderoSimulator
  let database: PostgresServer
  let setup: GatewaySetup
  let gateways: [GatewayProcess]
  private let transcript = Locked<[String]>([])

  init(
    simulator: PoderoSimulator, database: PostgresServer, setup: GatewaySetup,
    gateways: [GatewayProcess]
  ) {
    self.simulator = simulator
    self.database = database
    self.setup = setup
    self.gateways = gateways
  }

  /// The app that reads and writes, at one of the gateways.
  func portal(_ gateway: Int) -> HTTPClient {
    HTTPClient(port: gateways[gateway].port, key: .portal, transcript: transcript)
  }

  /// Kills one of the gateways.
  func kill(_ gateway: Int) async throws {
    gateways[gateway].signal(9)
    #expect(try await gateways[gateway].wait() == .killed(9))
  }

  /// What they share, opened beside them.
  func withStorage<Value: Sendable>(
    _ body: (PostgresStorage) async throws -> Value
  ) async throws -> Value {
    let storage = try await PostgresStorage.open(PostgresSettings(url: Secret(database.address)))
    do {
      let value = try await body(storage)
      await storage.close()
      return value
    } catch {
      await storage.close()
      throw error
    }
  }

  /// All operations of a heat pump, as they are stored.
  func operations(_ number: Int) async throws -> [StoredOperation] {
    let id = PoderoSimulator.heatPumpID(number)
    let owner = try #require(simulator.owner(of: id))
    return try await withStorage { storage in
      try await storage.operations(
        of: HeatPumpReference(organisation: "acme", user: owner, id: id), before: nil, limit: 100)
    }
  }

  /// How many users a gateway polls.
  func polledUsers(_ number: Int) async throws -> Double {
    let client = HTTPClient(
      port: gateways[number].adminPort, key: .metrics, transcript: Locked([]))
    let series = #"podero_gateway_polled_users{organisation="acme"} "#
    let line = try await client.get("/metrics").text.split(separator: "\n")
      .first { $0.hasPrefix(series) }
    return line.flatMap { Double($0.dropFirst(series.count)) } ?? 0
  }

  /// The address of a heat pump below its owner.
  func path(_ number: Int) -> String {
    let id = PoderoSimulator.heatPumpID(number)
    let owner = simulator.owner(of: id)
    return "/v1/users/\(owner?.description ?? "unknown")/heat-pumps/\(id)"
  }
}

/// Runs `body` with so many gateways; all of it is gone afterwards.
func withCluster(
  of count: Int, upstream: SimulatorSettings = SimulatorSettings(),
  setUp: (inout GatewaySetup) -> Void = { _ in },
  _ body: @Sendable (Cluster) async throws -> Void
) async throws {
  await Turnstile.shared.enter()
  defer { Turnstile.shared.leave() }
  let simulator = try await PoderoSimulator.start(upstream)
  let database = try await PostgresServer()
  var setup = GatewaySetup(origin: simulator.origin)
  setup.more["storage"] = [
    "postgres": ["url": ["env": "DATABASE"], "connections": 4],
    "encryption_key": ["env": "SHARED_KEY"],
  ]
  setup.environment["DATABASE"] = database.address
  setup.environment["SHARED_KEY"] = Base64.text(Array(repeating: 7, count: 32))
  setUp(&setup)
  var gateways: [GatewayProcess] = []
  do {
    for _ in 0..<count { gateways.append(try await GatewayProcess.start(setup)) }
    try await body(
      Cluster(simulator: simulator, database: database, setup: setup, gateways: gateways))
    simulator.clearFaults()
    for gateway in gateways where gateway.ending == nil {
      #expect(try await gateway.terminate() == .exited(0))
    }
  } catch {
    for gateway in gateways {
      gateway.signal(9)
      Issue.record("\(error)\n\(gateway.rawLog.suffix(20).joined(separator: "\n"))")
    }
    await simulator.stop()
    try? await database.stop()
    throw error
  }
  await simulator.stop()
  try await database.stop()
}
