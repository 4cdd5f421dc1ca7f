import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: a write is an operation that outlives its request, its caller and the process.
/// Method: the real gateway, asked about its operations, repeated keys, and killed at each step.
@Suite struct OperationTests {
  @Test func `a write can be followed, and is listed`() async throws {
    try await withStage { stage in
      let write = try await stage.portal.patch(stage.path(1), patch("/pause/active", true))
      let id = try #require(write.at("/write/operation_id")?.string)
      let operation = try await stage.portal.get("/v1/operations/\(id)")
      #expect(operation.at("/state")?.string == "accepted")
      #expect(operation.at("/requested/0/pointer")?.string == "/pause/active")
      #expect(operation.at("/attempts")?.array?.count == 1)
      let list = try await stage.portal.get(stage.path(1) + "/operations?limit=1")
      #expect(list.at("/items/0/id")?.string == id)
      let gone = try await stage.portal.get("/v1/operations/00000000-0000-7000-8000-000000000000")
      #expect(gone.verdict == "404 not-found")
    }
  }

  @Test func `the same key gets the same answer, and does nothing again`() async throws {
    try await withStage { stage in
      let body = patch("/pause/active", true)
      let key = ["Idempotency-Key": "key-1"]
      let first = try await stage.portal.patch(stage.path(1), body, key)
      let again = try await stage.portal.patch(stage.path(1), body, key)
      #expect(again.status == 200)
      #expect(again.headers["idempotency-replayed"] == "true")
      #expect(again.text == first.text)
      let other = try await stage.portal.patch(
        stage.path(1), patch("/pause/active", false), key)
      #expect(other.verdict == "422 idempotency-mismatch")
      #expect(stage.updateCount == 1)
    }
  }

  @Test func `a caller that does not wait gets the operation at once`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.get(stage.path(1))
      stage.simulator.setFault(SimulatorFault(.hang(applied: true), call: .update))
      let answer = try await stage.portal.patch(
        stage.path(1), patch("/pause/active", true), ["Prefer": "respond-async"])
      #expect(answer.status == 202)
      let location = try #require(answer.headers["location"])
      await stage.simulator.waitForRequests(.update, count: 1)
      let late = try await stage.portal.patch(
        stage.path(1), patch("/comment", "x"), ["Prefer": "respond-async"])
      let second = try #require(late.headers["location"])
      #expect(try await stage.portal.send("DELETE", second).at("/state")?.string == "cancelled")
      #expect(try await stage.portal.send("DELETE", location).status == 409)
      stage.simulator.clearFaults()
      try await eventually("an accepted operation") {
        try await stage.portal.get(location).at("/state")?.string == "accepted"
      }
      #expect(stage.updateCount == 1)
    }
  }

  @Test(arguments: ["sent", "answered", "concluded"])
  func `a gateway killed in the middle of a write leaves nothing undone`(
    point: String
  ) async throws {
    let simulator = try await PoderoSimulator.start(SimulatorSettings())
    let folder = try TemporaryFolder()
    var setup = GatewaySetup(origin: simulator.origin)
    setup.setTimeouts(total: "PT2S")
    setup.more["storage"] = ["sqlite": ["path": .string("\(folder.path)/shared.db")]]
    var doomed = setup
    doomed.environment["PODERO_GATEWAY_CRASH_POINT"] = point
    let path =
      "/v1/users/\(PoderoSimulator.userID(1))/heat-pumps/\(PoderoSimulator.heatPumpID(1))"
    let first = try await GatewayProcess.start(doomed)
    let client = HTTPClient(port: first.port, key: .portal, transcript: Locked([]))
    // The gateway may die before its answer has left; the write is stored by then all the same.
    _ = try? await client.patch(
      path, patch("/hot_water/standard_temperature", decimal("52.5")),
      ["Prefer": "respond-async"])
    #expect(try await first.wait() == .killed(SIGKILL))

    let successor = try await GatewayProcess.start(setup)
    let heir = HTTPClient(port: successor.port, key: .portal, transcript: Locked([]))
    try await eventually("an accepted operation", within: .seconds(40)) {
      let state = try await heir.get(path + "/operations").at("/items/0/state")?.string
      return state == "accepted" || state == "verified"
    }
    // Whatever the gateway died of, the change was carried out once.
    #expect(simulator.updates().filter(\.applied).count == 1)
    #expect(simulator.updates().last?.text.contains("52.5") == true)
    #expect(try await successor.terminate() == .exited(0))
    await simulator.stop()
  }
}
