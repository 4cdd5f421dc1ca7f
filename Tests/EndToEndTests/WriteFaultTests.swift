import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: whatever the upstream does to a write, the caller learns what became of it, and nothing is
/// applied twice.
/// Method: one fault each; the simulator's log of updates and its true state are the witnesses.
@Suite struct WriteFaultTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let fault: SimulatorFault.Kind
    var count: Int? = 1
    let verdict: String
    /// Whether the value is there in the end.
    let applied: Bool
    /// Updates that arrived whole.
    var updates = 1

    var testDescription: String { name }
  }

  static let rows = [
    Row(name: "reset after", fault: .resetAfterApplying, verdict: "200 -", applied: true),
    Row(
      name: "reset before", fault: .resetBeforeApplying, verdict: "504 outcome-unknown",
      applied: false),
    Row(
      name: "reset early", fault: .resetBeforeRead, verdict: "504 outcome-unknown", applied: false,
      updates: 0),
    Row(name: "500 after", fault: .status(500, applied: true), verdict: "200 -", applied: true),
    Row(name: "500 before", fault: .status(500), verdict: "502 upstream-error", applied: false),
    Row(name: "HTML 504", fault: .htmlPage(504, applied: true), verdict: "200 -", applied: true),
    Row(name: "HTML 200", fault: .htmlPage(200, applied: true), verdict: "200 -", applied: true),
    Row(name: "truncated", fault: .truncatedBody, verdict: "200 -", applied: true),
    Row(name: "malformed", fault: .malformedJSON, verdict: "200 -", applied: true),
    Row(name: "no answer", fault: .hang(applied: true), verdict: "200 -", applied: true),
    Row(name: "lost", fault: .hang(), verdict: "504 outcome-unknown", applied: false),
    Row(name: "401 once", fault: .status(401), verdict: "200 -", applied: true, updates: 2),
    Row(
      name: "401 always", fault: .status(401), count: nil, verdict: "502 upstream-credentials",
      applied: false, updates: 2),
    Row(name: "403", fault: .status(403), verdict: "502 upstream-credentials", applied: false),
    Row(name: "404", fault: .status(404), verdict: "404 not-found", applied: false),
    Row(name: "422", fault: .status(422), verdict: "422 upstream-rejected", applied: false),
    Row(
      name: "429", fault: .status(429, retryAfter: .seconds(7)), verdict: "503 upstream-throttled",
      applied: false),
    Row(name: "400", fault: .status(400), verdict: "502 upstream-error", applied: false),
  ]

  @Test(arguments: rows)
  func `a write has one clear end`(row: Row) async throws {
    try await withStage(gateway: { $0.setTimeouts(total: "PT1.5S") }) { stage in
      _ = try await stage.portal.get(stage.path(1))
      stage.simulator.setFault(SimulatorFault(row.fault, call: .update, count: row.count))
      let answer = try await stage.portal.patch(
        stage.path(1), patch("/hot_water/standard_temperature", decimal("52.5")))
      #expect(answer.verdict == row.verdict, "\(answer.text)")
      let updates = stage.simulator.updates()
      #expect(updates.count == row.updates)
      #expect(updates.filter(\.applied).count == (row.applied ? 1 : 0))
      let isThere = stage.truth(1)["dhw_standard_temperature"] == decimal("52.5")
      #expect(isThere == row.applied)
      if answer.status == 200 {
        #expect(answer.at("/write/status")?.string == "applied")
        #expect(answer.at("/hot_water/standard_temperature") == decimal("52.5"))
      }
      if answer.problem == "outcome-unknown" {
        #expect(answer.at("/operation_id")?.string.flatMap { ResourceID($0) } != nil)
      }
      if answer.problem == "upstream-throttled" { #expect(answer.headers["retry-after"] == "7") }
      stage.simulator.clearFaults()
      guard row.name != "429" else { return }
      // The lane is free again once the upstream cannot be at work any more, and nothing comes
      // late.
      try await eventually("a free lane") {
        let next = try await stage.portal.patch(
          stage.path(1), patch("/space_cooling/enabled", true))
        return next.status == 200
      }
      #expect(stage.updateCount == row.updates + 1)
    }
  }

  @Test func `the upstream's findings come back at the caller's pointers`() async throws {
    let heatPump = try await upstreamDocument()
    let findings: JSONValue = [
      "detail": [
        [
          "type": "decimal_max_digits", "loc": ["body", "data", "dhw_standard_temperature"],
          "msg": "SECRET-UPSTREAM-WORDS",
        ],
        [
          "type": "string_too_long", "loc": ["body", "data", "device_model", "cloud_service_id"],
          "msg": "SECRET-UPSTREAM-WORDS", "input": "SECRET-UPSTREAM-WORDS",
        ],
        ["type": "odd One", "loc": ["body", "data", "never_heard_of"], "msg": "x"],
      ]
    ]
    let upstream = try ScriptedServer { request in
      switch request.lines.first?.split(separator: " ").first {
      case "POST": return upstreamAnswer(200, json: #"{"access_token":"t","token_type":"Bearer"}"#)
      case "PUT": return upstreamAnswer(422, json: findings.text)
      default: return upstreamAnswer(200, json: heatPump.text)
      }
    }
    defer { upstream.stop() }
    let gateway = try await GatewayProcess.start(
      GatewaySetup(origin: "http://127.0.0.1:\(upstream.port)"))
    let client = HTTPClient(port: gateway.port, key: .full, transcript: Locked([]))
    let answer = try await client.patch(
      "/v1/heat-pumps/smith-home", ["hot_water": ["standard_temperature": 52]])
    #expect(answer.verdict == "422 upstream-rejected")
    let errors = answer.at("/errors")?.array ?? []
    #expect(
      errors.map { $0["pointer"]?.string }
        == ["/hot_water/standard_temperature", "/device/cloud_service_id", ""])
    #expect(
      errors.map { $0["code"]?.string } == ["decimal_max_digits", "string_too_long", "invalid"])
    #expect(!answer.text.contains("SECRET"))
    #expect(try await gateway.terminate() == .exited(0))
    #expect(!gateway.rawLog.contains { $0.contains("SECRET") })
  }
}

/// A heat pump as the upstream shows it.
func upstreamDocument() async throws -> JSONValue {
  let simulator = try await PoderoSimulator.start()
  let document = simulator.heatPump(PoderoSimulator.heatPumpID(1))?["heat_pump"] ?? .null
  await simulator.stop()
  return document
}

/// An answer of a scripted upstream.
func upstreamAnswer(_ status: Int, json: String) -> [UInt8] {
  Array(
    ("HTTP/1.1 \(status) Any\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(json.utf8.count)\r\n\r\n" + json).utf8)
}
