import GatewayCore
import PoderoSimulator
import Storage
import TestSupport
import Testing

/// Goal: what a killed gateway had in hand goes on elsewhere, within the time that the documents
/// promise, and what must not be done twice goes on no earlier.
/// Method: one gateway gets hold of everything and is killed; another has come meanwhile.
@Suite struct TakeOverTests {
  // `timeouts.total`; a gateway is dead when it has been silent for five seconds more.
  private static let total = Duration.seconds(2)
  // Silent for six seconds, of which the others find out within two.
  private static let silent = Duration.seconds(8)
  // For a machine that is busy with other tests.
  private static let slack = Duration.seconds(15)

  @Test func `what a killed gateway had in hand goes on elsewhere, in time and not too early`()
    async throws
  {
    let receiver = try Self.receiver()
    defer { receiver.stop() }
    try await withCluster(of: 0) { setup in
      setup.setTimeouts(total: Self.total.iso8601)
      // So that each write has to ask for the present state first.
      setup.setTinyCache()
      setup.organisation["polling"] = ["interval": "PT10S"]
      setup.organisation["discovery"] = ["enabled": true]
      Self.allowDeliveries(&setup)
    } _: { empty in
      let first = try await GatewayProcess.start(empty.setup)
      try await Self.occupy(first, empty, receiver)
      let cluster = try await Self.join(first, empty)
      let users = Double(cluster.simulator.userCount)
      try await eventually("all users shared out", within: .seconds(90)) {
        try await cluster.polledUsers(0) + cluster.polledUsers(1) == users
      }
      let writes = try await Self.hang(cluster)
      let job = try await Self.begin(cluster)
      let left = try await Self.left(job, cluster)
      let start = SystemClock().monotonic
      try await cluster.kill(0)
      cluster.simulator.clearFaults()
      async let polls = Self.time(from: start) { try await cluster.polledUsers(1) == users }
      async let delivery = Self.time(from: start) { receiver.hasAgain }
      async let jobs = Self.time(from: start) { try await Self.left(job, cluster) < left }
      async let unsent = Self.time(from: start) { try await cluster.isAccepted(writes.unsent) }
      async let sent = Self.time(from: start) { try await cluster.isAccepted(writes.sent) }
      let times = try await (polls, delivery, jobs, unsent, sent)
      report(
        "take-over with timeouts.total \(Self.total.iso8601): polls after \(times.0.tenths) s, "
          + "a delivery after \(times.1.tenths) s, a job after \(times.2.tenths) s, "
          + "a write that was not sent after \(times.3.tenths) s, "
          + "one that was sent and did not arrive after \(times.4.tenths) s")
      let isSilent = (Duration.seconds(4))...(Self.silent + Self.slack)
      // Chance may have given it nobody to poll.
      #expect(times.0 <= isSilent.upperBound)
      #expect(isSilent.contains(times.1))
      // A job begins one heat pump every other second.
      #expect(times.2 <= Self.silent + .seconds(2) + Self.slack)
      // It was heard of two seconds before it was killed at the earliest, and is looked for every
      // two seconds, as are its lanes.
      let isDead = (Self.total + .seconds(3))...(Self.total + .seconds(9) + Self.slack)
      #expect(isDead.contains(times.3))
      // Two reads, a second apart, find that it did not arrive.
      #expect(times.4 >= isDead.lowerBound && times.4 <= isDead.upperBound + .seconds(5))
      #expect(try await cluster.gateways[1].terminate() == .exited(0))
    }
  }

  @Test func `a delivery goes on elsewhere though nothing else happens`() async throws {
    let receiver = try Self.receiver()
    defer { receiver.stop() }
    try await withCluster(of: 0, setUp: Self.allowDeliveries) { empty in
      let first = try await GatewayProcess.start(empty.setup)
      try await Self.occupy(first, empty, receiver)
      let cluster = try await Self.join(first, empty)
      let start = SystemClock().monotonic
      try await cluster.kill(0)
      let time = try await Self.time(from: start) { receiver.hasAgain }
      #expect(time <= Self.silent + Self.slack)
      #expect(try await cluster.gateways[1].terminate() == .exited(0))
    }
  }

  // Whoever delivers first waits for an answer for as long as it lives.
  private static func receiver() throws -> Receiver {
    try Receiver { _, count in count == 0 ? .silence : .answer("204 No Content") }
  }

  @Sendable private static func allowDeliveries(_ setup: inout GatewaySetup) {
    setup.more["webhooks_out"] = ["allow": ["127.0.0.0/8"], "timeout": "PT1M"]
    setup.scopes = ["portal": ["events:read", "subscriptions:write", "jobs:write"]]
  }

  /// Starts another gateway, and waits until both know of each other.
  private static func join(
    _ first: GatewayProcess, _ cluster: Cluster
  ) async throws -> Cluster {
    let second = try await GatewayProcess.start(cluster.setup)
    for gateway in [first, second] {
      try await gateway.waitForLine("of the other") { $0["count"] == "2" }
    }
    return Cluster(
      simulator: cluster.simulator, database: cluster.database, setup: cluster.setup,
      gateways: [first, second])
  }

  /// Has a gateway that is alone deliver something.
  private static func occupy(
    _ gateway: GatewayProcess, _ cluster: Cluster, _ receiver: Receiver
  ) async throws {
    _ = try await DeliveryGateway(process: gateway).subscribe(receiver)
    try await cluster.withStorage { _ = try await DeliveryScene.seed(1, in: $0) }
    try await eventually("a delivery under way") { !receiver.messages.isEmpty }
  }

  /// Begins a job at the first gateway, which looks for it at once.
  ///
  /// - Returns: its address.
  private static func begin(_ cluster: Cluster) async throws -> String {
    let users = (3...cluster.simulator.heatPumpCount).compactMap { number in
      cluster.simulator.owner(of: PoderoSimulator.heatPumpID(number))
    }
    let made = try await cluster.portal(0).post(
      "/v1/jobs",
      [
        "users": .array(Set(users).sorted().map { .string($0.description) }),
        "patch": ["market": ["trading_enabled": true]], "rate_per_second": decimal("0.5"),
      ])
    #expect(made.status == 202)
    let job = "/v1/jobs/\(made.at("/id")?.string ?? "")"
    try await eventually("the first heat pump") { try await left(job, cluster) < 4 }
    return job
  }

  /// Has the first gateway hold two lanes: in one a read hangs that comes before the update, in the
  /// other the update itself.
  private static func hang(
    _ cluster: Cluster
  ) async throws -> (unsent: String, sent: String) {
    var locations: [String] = []
    for (number, call) in [(1, SimulatedCall.detail), (2, .update)] {
      cluster.simulator.setFault(
        SimulatorFault(
          .hang(applied: false), call: call, heatPump: PoderoSimulator.heatPumpID(number)))
      let answer = try await cluster.portal(0).patch(
        cluster.path(number), patch("/hot_water/standard_temperature", decimal("52.5")),
        ["Prefer": "respond-async"])
      locations.append(try #require(answer.headers["location"]))
    }
    try await eventually("an update under way") {
      try await cluster.operations(2).first?.state == .sent
    }
    return (locations[0], locations[1])
  }

  /// How many heat pumps a job has not begun with.
  private static func left(_ job: String, _ cluster: Cluster) async throws -> Int {
    try #require(try await cluster.portal(1).get(job).at("/counts/not_begun")?.integer)
  }

  private static func time(
    from start: MonotonicInstant, until condition: @Sendable () async throws -> Bool
  ) async throws -> Duration {
    try await eventually("a take-over", within: .seconds(90), condition)
    return SystemClock().monotonic - start
  }
}

extension Cluster {
  fileprivate func isAccepted(_ location: String) async throws -> Bool {
    let state = try await portal(1).get(location).at("/state")?.string
    return state == "accepted" || state == "verified"
  }
}

extension Receiver {
  /// Whether the first event has come again.
  fileprivate var hasAgain: Bool {
    let messages = messages
    return messages.dropFirst().contains { $0.id == messages.first?.id }
  }
}

extension Duration {
  /// Seconds with one digit behind the point, for people.
  fileprivate var tenths: Double { (seconds * 10).rounded() / 10 }
}
