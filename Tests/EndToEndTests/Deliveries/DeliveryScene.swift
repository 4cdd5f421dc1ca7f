import GatewayCore
import HeatPumps
import PoderoSimulator
import Storage
import TestSupport
import Testing

/// A database with events in it, for one gateway after another.
struct DeliveryScene: Sendable {
  let folder: TemporaryFolder
  var setup: GatewaySetup

  var database: String { folder.path + "/events.db" }

  init(origin: String) throws {
    folder = try TemporaryFolder()
    setup = GatewaySetup(origin: origin)
    setup.more["storage"] = ["sqlite": ["path": .string(folder.path + "/events.db")]]
    setup.more["webhooks_out"] = ["allow": ["127.0.0.0/8"], "timeout": "PT1S"]
    setup.scopes = [
      "full": ["events:read", "subscriptions:write"],
      "portal": ["events:read", "subscriptions:write"],
      "narrow": ["events:read", "subscriptions:write"], "reader": ["events:read"],
    ]
  }

  /// Stores events about the first heat pump, in place of a gateway that looks for changes.
  ///
  /// - Returns: their ids.
  @discardableResult
  func seed(_ count: Int, heatPump number: Int = 1) async throws -> Set<String> {
    let storage = try await TestStorage.open(database)
    let ids = try await Self.seed(count, heatPump: number, in: storage)
    await storage.close()
    return ids
  }

  /// The same in any storage.
  @discardableResult
  static func seed(
    _ count: Int, heatPump number: Int = 1, in storage: any Storage
  ) async throws -> Set<String> {
    let random = SystemRandomSource()
    let now = SystemClock().wall
    let (user, id) = (PoderoSimulator.userID(number), PoderoSimulator.heatPumpID(number))
    let events = (0..<count).map { _ in
      HeatPumpEvent(
        id: random.timeOrderedID(at: now), type: .settingsChanged, timestamp: now,
        organisation: "acme",
        heatPump: EventHeatPump(
          userID: user, id: id, alias: nil,
          representation: Array(#"{"id":"\#(id)","comment":"personal-canary"}"#.utf8)),
        cause: .outside,
        changes: [FieldChange(pointer: "/pause/active", from: false, to: true)])
    }
    try await storage.append(
      EventBatch(
        events: events.map { event in
          NewEvent(
            id: event.id, organisation: "acme",
            heatPump: HeatPumpReference(organisation: "acme", user: user, id: id),
            type: event.type.rawValue, at: now, isPersonal: false, body: event.stored)
        }))
    return Set(events.map(\.id.description))
  }

  /// Runs a gateway; it is ended in order unless `body` ended it.
  func running(_ body: @Sendable (DeliveryGateway) async throws -> Void) async throws {
    let gateway = DeliveryGateway(process: try await GatewayProcess.start(setup))
    do {
      try await body(gateway)
    } catch {
      gateway.process.signal(9)
      Issue.record("\(error)\n\(gateway.process.rawLog.suffix(20).joined(separator: "\n"))")
      throw error
    }
    if gateway.process.ending == nil {
      #expect(try await gateway.process.terminate() == .exited(0))
    }
  }
}

/// A gateway of a scene.
struct DeliveryGateway: Sendable {
  let process: GatewayProcess
  let transcript = Locked<[String]>([])

  func app(_ key: TestKey = .portal) -> HTTPClient {
    HTTPClient(port: process.port, key: key, transcript: transcript)
  }

  /// One figure of the metrics.
  func metric(_ series: String) async throws -> Double? {
    let client = HTTPClient(port: process.adminPort, key: .metrics, transcript: transcript)
    let prefix = "podero_gateway_\(series) "
    return try await client.get("/metrics").text.split(separator: "\n")
      .first { $0.hasPrefix(prefix) }.flatMap { Double($0.dropFirst(prefix.count)) }
  }

  /// Subscribes a receiver to everything, and has it trust the secret.
  ///
  /// - Returns: the subscription's address.
  func subscribe(
    _ receiver: Receiver, as key: TestKey = .portal, _ changes: [String: JSONValue] = [:]
  ) async throws -> String {
    var body = JSONObject()
    body["url"] = .string(receiver.url)
    body["event_types"] = ["*"]
    body["heat_pumps"] = ["*"]
    for (name, value) in changes { body[name] = value }
    let made = try await app(key).post("/v1/subscriptions", .object(body))
    #expect(made.status == 201)
    receiver.trust(try #require(made.at("/secret")?.string))
    return "/v1/subscriptions/\(made.at("/id")?.string ?? "")"
  }

  /// Queues all events for a subscription.
  func replay(_ path: String, as key: TestKey = .portal) async throws -> Int? {
    let answer = try await app(key).post(path + "/replay", ["since": 0])
    #expect(answer.status == 202)
    return answer.at("/queued")?.integer
  }
}

/// Runs `body` with a simulator and a scene in front of it.
func withDeliveries(_ body: @Sendable (DeliveryScene) async throws -> Void) async throws {
  await Turnstile.shared.enter()
  defer { Turnstile.shared.leave() }
  let simulator = try await PoderoSimulator.start(SimulatorSettings())
  do {
    try await body(try DeliveryScene(origin: simulator.origin))
  } catch {
    await simulator.stop()
    throw error
  }
  await simulator.stop()
}
