import GatewayCore
import HeatPumps
import PoderoSimulator
import TestSupport
import Testing

/// Goal: what happens to a heat pump stands in the event log once, with whose doing it was.
/// Method: real gateways, one after another on one database, before a simulator whose heat pumps
/// are changed behind their backs; the log is read from the file.
@Suite(.enabled(if: !TestStorage.isPostgres, "about a file"))
struct ChangeLogTests {
  @Test func `a write, a change from outside and the write's verification are told once each`()
    async throws
  {
    try await withEventLog { log in
      try await log.running { client in
        let answer = try await client.patch(
          log.path, patch("/hot_water/standard_temperature", decimal("52.5")))
        #expect(answer.status == 200)
        try await log.waitFor("heat_pump.settings_changed app /hot_water/standard_temperature")
        var change = JSONObject()
        change["is_away_mode_enabled"] = true
        log.simulator.changeHeatPump(log.id, change)
        // The gateway looks by itself: nobody asks it for anything here.
        try await log.waitFor("heat_pump.settings_changed outside /away/enabled")
      }
      try await log.running { _ in
        log.simulator.advance(by: .seconds(900))
        try await log.waitFor("heat_pump.write_verified app /hot_water/standard_temperature")
      }
      // A clean stop and a start of another process tell nothing again.
      try await log.running { client in
        _ = try await client.get(log.path, ["Cache-Control": "no-cache"])
      }
      let lines = try log.lines.filter { !$0.contains(".state_changed") }
      #expect(
        lines == [
          "heat_pump.settings_changed app /hot_water/standard_temperature",
          "heat_pump.settings_changed outside /away/enabled",
          "heat_pump.write_verified app /hot_water/standard_temperature",
        ])
      let events = try log.events
      #expect(events.map(\.sequence) == Array(1...events.count))
      #expect(Set(events.map(\.id)).count == events.count)
      #expect(events.allSatisfy { $0.heatPump?.userID == PoderoSimulator.userID(1) })
    }
  }

  @Test func `a gateway that is killed right after a write tells of it when it is back`()
    async throws
  {
    try await withEventLog { log in
      try await log.running { client in
        _ = try await client.patch(
          log.path, patch("/hot_water/standard_temperature", decimal("52.5")))
        try await log.kill()
      }
      log.simulator.advance(by: .seconds(900))
      try await log.running { _ in
        try await log.waitFor("heat_pump.write_verified app /hot_water/standard_temperature")
      }
      let verified = try log.lines.filter { $0.contains("write_") }
      #expect(verified.count == 1)
    }
  }
}

/// Gateways on one database, and the events in it.
private struct EventLog: Sendable {
  let simulator: PoderoSimulator
  let setup: GatewaySetup
  let database: DatabaseEditor
  let id = PoderoSimulator.heatPumpID(1)
  let present = Locked<GatewayProcess?>(nil)

  var path: String { "/v1/users/\(PoderoSimulator.userID(1))/heat-pumps/\(id)" }

  func running(_ body: (HTTPClient) async throws -> Void) async throws {
    let gateway = try await GatewayProcess.start(setup)
    present.withLock { $0 = gateway }
    do {
      try await body(HTTPClient(port: gateway.port, key: .full, transcript: Locked([])))
      if gateway.ending == nil { #expect(try await gateway.terminate() == .exited(0)) }
    } catch {
      gateway.signal(9)
      Issue.record("\(gateway.rawLog.suffix(20).joined(separator: "\n"))")
      throw error
    }
  }

  func kill() async throws {
    let gateway = try #require(present.withLock { $0 })
    gateway.signal(9)
    _ = try await gateway.wait()
  }

  var events: [HeatPumpEvent] {
    get throws {
      let rows = try database.run(
        "SELECT sequence || ' ' || CAST(body AS TEXT) FROM event ORDER BY sequence")
      return try rows.map { row in
        let parts = row.split(separator: " ", maxSplits: 1)
        return try HeatPumpEvent(
          stored: Array(parts[1].utf8), sequence: try #require(Int(parts[0])))
      }
    }
  }

  var lines: [String] {
    get throws {
      try events.map { event in
        ([event.type.rawValue, event.cause?.rawValue ?? "-"] + event.changes.map(\.pointer))
          .joined(separator: " ")
      }
    }
  }

  func waitFor(_ line: String) async throws {
    // Once within ten seconds is what polling promises here.
    try await eventually("event \(line)", within: .seconds(60)) { try lines.contains(line) }
  }
}

private func withEventLog(_ body: @Sendable (EventLog) async throws -> Void) async throws {
  await Turnstile.shared.enter()
  defer { Turnstile.shared.leave() }
  let simulator = try await PoderoSimulator.start(SimulatorSettings())
  let folder = try TemporaryFolder()
  let file = "\(folder.path)/shared.db"
  var setup = GatewaySetup(origin: simulator.origin)
  setup.organisation["polling"] = ["interval": "PT10S"]
  setup.more["storage"] = ["sqlite": ["path": .string(file)]]
  do {
    try await body(
      EventLog(simulator: simulator, setup: setup, database: DatabaseEditor(path: file)))
  } catch {
    await simulator.stop()
    throw error
  }
  await simulator.stop()
  // The folder is gone with its last holder.
  withExtendedLifetime(folder) {}
}
