import GatewayCore
import TestSupport
import Testing

@testable import PoderoSimulator

/// Goal: what is decided reaches a real client on a real socket, the ugly cases too.
/// Method: a simulator on a port of its own and a client that looks at the bytes.
@Suite struct WireTests {
  private func withSimulator(
    _ body: (PoderoSimulator, [String]) async throws -> Void
  ) async throws {
    let simulator = try await PoderoSimulator.start()
    let answer = await RawClient.send(
      "POST", "/oauth2/token/", port: simulator.port,
      headers: [
        "Authorization: Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=", "Content-Type: application/json",
      ], body: #"{"grant_type":"client_credentials"}"#)
    let token = answer.json?["access_token"]?.string ?? ""
    do {
      try await body(simulator, ["Authorization: Bearer \(token)"])
    } catch {
      await simulator.stop()
      throw error
    }
    await simulator.stop()
  }

  private func put(
    _ simulator: PoderoSimulator, _ headers: [String], comment: String
  ) async -> RawAnswer {
    await RawClient.send(
      "PUT", Bench.detail, port: simulator.port, headers: headers,
      body: "{\"comment\":\"\(comment)\"}")
  }

  private func comment(_ simulator: PoderoSimulator) -> JSONValue? {
    simulator.heatPump(Bench.heatPump)?["heat_pump"]?["comment"]
  }

  @Test func `reads and updates work over a socket`() async throws {
    try await withSimulator { simulator, headers in
      #expect(simulator.apiBase == "http://127.0.0.1:\(simulator.port)/api/partners/v2.0/")
      #expect(simulator.tokenURL.hasSuffix("/oauth2/token/"))
      let list = await RawClient.send("GET", Bench.list, port: simulator.port, headers: headers)
      #expect(list.status == 200)
      #expect(list.ending == .whole)
      #expect(
        list.json?.array?.compactMap { $0["id"]?.string }
          == simulator.heatPumpIDs(of: simulator.userIDs[0]).map(\.description))
      #expect(await put(simulator, headers, comment: "new").json?["comment"] == "new")
      #expect(comment(simulator) == "new")
    }
  }

  @Test func `a chunked update is ignored`() async throws {
    try await withSimulator { simulator, headers in
      let head = "PUT \(Bench.detail) HTTP/1.1\r\nHost: x\r\n\(headers[0])\r\n"
      let chunks = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
      let answer = await RawClient.exchange(head + chunks, port: simulator.port)
      #expect(answer.status == 422)
      #expect(answer.json?.at(pointer: "/detail/0/type") == "missing")
    }
  }

  @Test func `two requests on one connection are answered in order`() async throws {
    try await withSimulator { simulator, headers in
      let first = "GET \(Bench.list) HTTP/1.1\r\nHost: x\r\n\(headers[0])\r\n\r\n"
      let last = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
      let answer = await RawClient.exchange(first + last, port: simulator.port)
      #expect(answer.status == 200)
      #expect(simulator.stats()["connections"] == 2)
    }
  }

  @Test func `a truncated body promises more than it holds`() async throws {
    try await withSimulator { simulator, headers in
      simulator.setFault(SimulatorFault(.truncatedBody, call: .list, count: 1))
      let answer = await RawClient.send("GET", Bench.list, port: simulator.port, headers: headers)
      #expect(answer.status == 200)
      #expect(answer.ending == .closed)
      #expect(answer.missing ?? 0 > 1000)
      #expect(!answer.body.isEmpty)
    }
  }

  @Test(arguments: [
    SimulatorFault.Kind.resetBeforeRead, .resetBeforeApplying, .resetAfterApplying,
  ])
  func `a reset comes without an answer, before or after the update`(
    kind: SimulatorFault.Kind
  ) async throws {
    try await withSimulator { simulator, headers in
      simulator.setFault(SimulatorFault(kind, call: .update, count: 1))
      let answer = await put(simulator, headers, comment: "reset")
      #expect(answer.ending == .reset)
      #expect(answer.bytes.isEmpty)
      #expect(comment(simulator) == (kind == .resetAfterApplying ? "reset" : "Plant room 1"))
      let journal = simulator.updates(of: Bench.heatPump)
      #expect(
        journal.map(\.applied) == (kind == .resetBeforeRead ? [] : [kind == .resetAfterApplying]))
      #expect(await put(simulator, headers, comment: "next").status == 200)
      #expect(simulator.stats()["in_flight"] == 0)
    }
  }

  @Test(arguments: [false, true])
  func `a request hangs until the faults are cleared`(applied: Bool) async throws {
    try await withSimulator { simulator, headers in
      simulator.setFault(SimulatorFault(.hang(applied: applied), call: .update))
      async let answer = put(simulator, headers, comment: "hung")
      await simulator.waitForRequests(.update, count: 1)
      #expect(comment(simulator) == (applied ? "hung" : "Plant room 1"))
      simulator.clearFaults()
      let seen = await answer
      #expect(seen.ending == (applied ? .whole : .closed))
      #expect(seen.status == (applied ? 200 : nil))
    }
  }

  @Test func `a read that hangs is answered once the faults are cleared`() async throws {
    try await withSimulator { simulator, headers in
      simulator.setFault(SimulatorFault(.hang(), call: .detail))
      async let answer = RawClient.send(
        "GET", Bench.detail, port: simulator.port, headers: headers)
      await simulator.waitForRequests(.detail, count: 1)
      simulator.clearFaults()
      let seen = await answer
      #expect(seen.json?["id"] == .id(Bench.heatPump))
      #expect(simulator.stats()["concurrent_peak"] == 1)
    }
  }

  @Test func `a client that gives up on a hanging request is forgotten`() async throws {
    try await withSimulator { simulator, headers in
      simulator.setFault(SimulatorFault(.hang(), call: .detail))
      let answer = await RawClient.send(
        "GET", Bench.detail, port: simulator.port, headers: headers, patience: 0.05)
      #expect(answer.ending == .silence)
      #expect(answer.bytes.isEmpty)
      while simulator.stats()["in_flight"] != 0 { await Task.yield() }
      simulator.clearFaults()
      #expect(simulator.requestCount(.detail) == 1)
    }
  }

  @Test func `a client that asks leave to send its body gets it`() async throws {
    try await withSimulator { simulator, headers in
      let answer = await RawClient.send(
        "PUT", Bench.detail, port: simulator.port, headers: headers + ["Expect: 100-continue"],
        body: #"{"comment":"asked"}"#)
      #expect(answer.bytes.starts(with: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK".utf8))
      #expect(comment(simulator) == "asked")
    }
  }

  @Test func `latency keeps an answer back`() async throws {
    try await withSimulator { simulator, headers in
      simulator.setFault(SimulatorFault(.latency(.milliseconds(80)), call: .users, count: 1))
      let start = SystemClock().monotonic
      let answer = await RawClient.send("GET", Bench.base, port: simulator.port, headers: headers)
      #expect(answer.status == 200)
      #expect(SystemClock().monotonic - start >= .milliseconds(80))
    }
  }

  @Test func `a dripping body arrives whole, in many pieces`() async throws {
    try await withSimulator { simulator, headers in
      let interval = Duration.milliseconds(2 * testPatience)
      let kind = SimulatorFault.Kind.drip(bytes: 400, interval: interval)
      simulator.setFault(SimulatorFault(kind, call: .detail, count: 1))
      let answer = await RawClient.send(
        "GET", Bench.detail, port: simulator.port, headers: headers)
      #expect(answer.ending == .whole)
      #expect(answer.json?["id"] == .id(Bench.heatPump))
      #expect(answer.pieces > 1)
    }
  }

  @Test func `a body of megabytes arrives whole`() async throws {
    try await withSimulator { simulator, headers in
      simulator.setFault(SimulatorFault(.hugeBody(megabytes: 3), call: .detail, count: 1))
      let answer = await RawClient.send(
        "GET", Bench.detail, port: simulator.port, headers: headers)
      #expect(answer.ending == .whole)
      #expect(answer.body.count > 3_000_000)
    }
  }

  @Test func `requests of many clients at once are counted and awaited`() async throws {
    try await withSimulator { simulator, headers in
      async let waited: Void = simulator.waitForRequests(.update, count: 40)
      await withTaskGroup(of: Int?.self) { group in
        for index in 0..<40 {
          group.addTask { await self.put(simulator, headers, comment: "\(index)").status }
        }
        for await status in group { #expect(status == 200) }
      }
      await waited
      let updates = simulator.updates()
      #expect(updates.map(\.sequence) == Array(1...40))
      #expect(updates.last?.text == "{\"comment\":\(comment(simulator)?.text ?? "")}")
      #expect(simulator.stats()["in_flight"] == 0)
    }
  }

  @Test func `the control calls answer on the same port`() async throws {
    try await withSimulator { simulator, _ in
      let fault = #"{"kind":"html_page","status":503,"call":"users","count":1}"#
      let set = await RawClient.send(
        "POST", "/control/faults", port: simulator.port, body: fault)
      #expect(set.json == ["id": 1])
      let page = await RawClient.send("GET", Bench.base, port: simulator.port)
      #expect(page.status == 503)
      #expect(page["Content-Type"] == "text/html")
    }
  }

  @Test func `a port that is taken is told, and so are wrong settings`() async throws {
    try await withSimulator { simulator, _ in
      var settings = SimulatorSettings()
      settings.port = simulator.port
      await #expect(throws: SimulatorStartFault.self) {
        try await PoderoSimulator.start(settings)
      }
      settings.port = 0
      settings.users = 0
      await #expect(throws: SimulatorStartFault.self) {
        try await PoderoSimulator.start(settings)
      }
    }
  }
}
