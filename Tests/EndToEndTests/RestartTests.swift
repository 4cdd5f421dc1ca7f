import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: a clean restart costs nobody an answer, a key or a write.
/// Method: one gateway after another on one database, with the simulator in between.
@Suite struct RestartTests {
  @Test func `last answers survive, and bridge an outage from the first request on`() async throws {
    try await withDatabase { place in
      var setup = place.setup
      setup.setTinyCache()
      let before = try await place.running(setup) { client, _ in
        _ = try await client.get(place.path(2))
        let answer = try await client.get(place.path(1))
        #expect(answer.headers["gateway-stale"] == nil)
        return answer
      }
      await place.simulator.stop()
      try await place.running(setup) { client, gateway in
        try await gateway.waitForLine("about what was taken up") {
          $0["message"]?.string == "earlier state taken up" && $0["answers"]?.string == "2"
        }
        let stale = try await client.get(place.path(1))
        #expect(stale.status == 200)
        #expect(stale.headers["gateway-stale"] == "true")
        #expect(stale.headers["cache-status"]?.hasPrefix("podero-gateway; fwd=stale") == true)
        #expect(stale.headers["age"].flatMap { Int($0) } != nil)
        for group in ["/space_heating", "/hot_water", "/readings", "/status", "/created_at"] {
          #expect(stale.at(group) == before.at(group))
          #expect(stale.at(group) != nil)
        }
        #expect(try await client.get(place.path(2)).status == 200)
        // By its id alone, since the gateway has met it.
        let id = PoderoSimulator.heatPumpID(2)
        #expect(try await client.get("/v1/heat-pumps/\(id)").status == 200)
        let unknown = try await client.get(place.path(3))
        #expect([502, 503].contains(unknown.status))
      }
    }
  }

  @Test func `a key gets the same answer from the next process`() async throws {
    try await withDatabase { place in
      let key = ["Idempotency-Key": "key-1"]
      let body = patch("/hot_water/standard_temperature", decimal("52.5"))
      let first = try await place.running { client, _ in
        try await client.patch(place.path(1), body, key)
      }
      #expect(first.status == 200)
      try await place.running { client, _ in
        let again = try await client.patch(place.path(1), body, key)
        #expect(again.status == 200)
        #expect(again.headers["idempotency-replayed"] == "true")
        #expect(again.headers["etag"] == first.headers["etag"])
        #expect(again.text == first.text)
        let other = try await client.patch(
          place.path(1), patch("/hot_water/standard_temperature", 50), key)
        #expect(other.verdict == "422 idempotency-mismatch")
      }
      #expect(place.simulator.updates().count == 1)
    }
  }

  @Test func `a write that the upstream has put off is carried out by the next process`()
    async throws
  {
    try await withDatabase { place in
      place.simulator.setFault(
        SimulatorFault(.status(429, retryAfter: .seconds(3)), call: .update))
      let location = try await place.running { client, _ in
        let location = try await place.writeAsync(
          client, patch("/hot_water/standard_temperature", decimal("52.5")))
        await place.simulator.waitForRequests(.update, count: 1)
        try await eventually("an operation that waits") {
          try await client.get(location).at("/state")?.string == "queued"
        }
        return location
      }
      place.simulator.clearFaults()
      try await place.running { client, _ in
        try await place.waitForAcceptance(client, location)
      }
      #expect(place.simulator.updates().filter(\.applied).map(\.text).count == 1)
      #expect(place.simulator.updates().last?.text.contains("52.5") == true)
    }
  }

  @Test func `a write that nobody waits for is seen through by the process that stops`()
    async throws
  {
    try await withDatabase { place in
      place.simulator.setFault(SimulatorFault(.hang(applied: true), call: .update))
      let location = try await place.running { client, gateway in
        _ = try await client.get(place.path(1))
        let location = try await place.writeAsync(
          client, patch("/hot_water/standard_temperature", decimal("52.5")))
        await place.simulator.waitForRequests(.update, count: 1)
        gateway.signal(SIGTERM)
        try await eventually("refusal of new connections") {
          (try? RawHTTPClient(port: gateway.port)) == nil
        }
        place.simulator.clearFaults()
        #expect(try await gateway.wait() == .exited(0))
        #expect(gateway.log.contains { $0["message"]?.string == "write confirmed" })
        #expect(!gateway.log.contains { $0["level"]?.string == "error" })
        return location
      }
      try await place.running { client, _ in
        let operation = try await client.get(location)
        #expect(operation.at("/state")?.string == "accepted")
      }
      #expect(place.simulator.updates().count == 1)
    }
  }

  @Test func `what was under way and what was queued behind it go on in their order`()
    async throws
  {
    try await withDatabase { place in
      place.simulator.setFault(SimulatorFault(.hang(applied: true), call: .update))
      var impatient = place.setup
      impatient.more["limits"] = ["drain": "PT0.3S"]
      let locations = try await place.running(impatient) { client, _ in
        _ = try await client.get(place.path(1))
        let first = try await place.writeAsync(
          client, patch("/hot_water/standard_temperature", decimal("52.5")))
        await place.simulator.waitForRequests(.update, count: 1)
        let second = try await place.writeAsync(
          client, patch("/hot_water/standard_temperature", decimal("48.5")))
        return [first, second]
      }
      place.simulator.clearFaults()
      try await place.running { client, _ in
        try await place.waitForAcceptance(client, locations[1])
        // It arrived, and the one behind it has overtaken it since.
        let first = try await client.get(locations[0]).at("/state")?.string
        #expect(first == "accepted" || first == "superseded")
      }
      let applied = place.simulator.updates().filter(\.applied).map(\.text)
      #expect(applied.count == 2)
      #expect(applied.first?.contains("52.5") == true)
      #expect(applied.last?.contains("48.5") == true)
    }
  }
}

/// A simulator and a database that gateways come to one after another.
private struct Place: Sendable {
  let simulator: PoderoSimulator
  let setup: GatewaySetup

  func path(_ number: Int) -> String {
    let id = PoderoSimulator.heatPumpID(number)
    let owner = simulator.owner(of: id)
    return "/v1/users/\(owner?.description ?? "unknown")/heat-pumps/\(id)"
  }

  /// Starts a gateway, and ends it in peace after `body`.
  @discardableResult
  func running<Result: Sendable>(
    _ setup: GatewaySetup? = nil,
    _ body: @Sendable (HTTPClient, GatewayProcess) async throws -> Result
  ) async throws -> Result {
    let gateway = try await GatewayProcess.start(setup ?? self.setup)
    do {
      let result = try await body(
        HTTPClient(port: gateway.port, key: .portal, transcript: Locked([])), gateway)
      #expect(try await gateway.terminate() == .exited(0))
      return result
    } catch {
      gateway.signal(9)
      Issue.record("\(error)\n\(gateway.rawLog.suffix(20).joined(separator: "\n"))")
      throw error
    }
  }

  /// A write that nobody waits for.
  ///
  /// - Returns: where its operation can be followed.
  func writeAsync(_ client: HTTPClient, _ body: JSONValue) async throws -> String {
    let answer = try await client.patch(path(1), body, ["Prefer": "respond-async"])
    #expect(answer.status == 202)
    return try #require(answer.headers["location"])
  }

  func waitForAcceptance(_ client: HTTPClient, _ location: String) async throws {
    try await eventually("an accepted operation", within: .seconds(40)) {
      let state = try await client.get(location).at("/state")?.string
      return state == "accepted" || state == "verified"
    }
  }
}

private func withDatabase(_ body: @Sendable (Place) async throws -> Void) async throws {
  await Turnstile.shared.enter()
  defer { Turnstile.shared.leave() }
  let simulator = try await PoderoSimulator.start(SimulatorSettings())
  let folder = try TemporaryFolder()
  var setup = GatewaySetup(origin: simulator.origin)
  setup.setTimeouts(total: "PT2S")
  setup.more["storage"] = ["sqlite": ["path": .string("\(folder.path)/shared.db")]]
  do {
    try await body(Place(simulator: simulator, setup: setup))
  } catch {
    await simulator.stop()
    throw error
  }
  await simulator.stop()
  // The folder is gone with its last holder.
  withExtendedLifetime(folder) {}
}
