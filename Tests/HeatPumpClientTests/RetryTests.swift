import Foundation
import HeatPumpClient
import Testing

/// Goal: what may succeed later is sent again, and only where that does no harm.
/// Method: a scripted gateway, and waits that take no time.
@Suite struct RetryTests {
  private let pump = #"{"id":"p","pause":{"until":null,"active":false}}"#
  private let operation = #"""
    {"id":"o","state":"STATE","heat_pump":{"id":"p","user_id":"u","alias":null},
    "origin":{"kind":"app","name":"a"},"accepted_at":"2026-01-01T00:00:00Z",
    "changed_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T00:00:00Z","attempts":[],
    "requested":[],"superseded_fields":[]}
    """#

  @Test func `a read is repeated after what Retry-After says, or after growing pauses`()
    async throws
  {
    let transport = ScriptedTransport([
      .problem(503, "upstream-throttled", resolution: "retry_later", retryAfter: 7), .failure,
      .answer(200, headers: ["ETag": "\"a.b\"", "Gateway-Stale": "true"], pump),
    ])
    let reading = try await transport.client.heatPump("p")
    #expect(reading.value.pause?.active == false && reading.tag == "\"a.b\"" && reading.isStale)
    #expect(transport.requests.count == 3)
    #expect(transport.pauses[0] == .seconds(7))
    #expect((.milliseconds(500)...(.seconds(1))).contains(transport.pauses[1]))
  }

  @Test func `what the caller has to mend is not repeated`() async throws {
    let transport = ScriptedTransport([.problem(404, "not-found", resolution: "fix_request")])
    let problem = await #expect(throws: Problem.self) {
      _ = try await transport.client.heatPump("p")
    }
    #expect(problem?.name == "not-found" && problem?.status == 404)
    #expect(transport.requests.count == 1)
  }

  @Test func `it gives up in the end, and at once if it should wait for long`() async throws {
    let failing = ScriptedTransport([])
    let failure = await #expect(throws: ClientError.self) {
      _ = try await failing.client.heatPump("p")
    }
    guard case .noAnswer = failure else {
      return #expect(Bool(false), "\(String(describing: failure))")
    }
    #expect(failing.requests.count == 4)
    let far = ScriptedTransport([
      .problem(429, "rate-limited", resolution: "retry_later", retryAfter: 3600)
    ])
    await #expect(throws: Problem.self) { _ = try await far.client.heatPump("p") }
    #expect(far.requests.count == 1)
  }

  @Test func `a write is repeated with the key that it had`() async throws {
    let done = #"{"id":"p","write":{"status":"applied","unapplied":[]}}"#
    let transport = ScriptedTransport([.failure, .answer(200, done)])
    var patch = HeatPumpPatch()
    patch.pause.until = .to(nil)
    let answer = try await transport.client.update("smith home/1", patch, ifMatch: "\"a.b\"")
    guard case .done(let written) = answer else { return #expect(Bool(false)) }
    #expect(written.write.status == .applied)
    let sent = transport.requests
    #expect(sent.count == 2 && sent[0] == sent[1])
    #expect(sent[0].headers["Idempotency-Key"]?.count == 36)
    #expect(sent[0].headers["If-Match"] == "\"a.b\"")
    #expect(sent[0].url.absoluteString.hasSuffix("/v1/heat-pumps/smith%20home%2F1"))
    #expect(sent[0].body == Data(#"{"pause":{"until":null}}"#.utf8))
  }

  @Test func `what has no key is sent once`() async throws {
    let transport = ScriptedTransport([.failure])
    await #expect(throws: ClientError.self) { _ = try await transport.client.cancelJob("j") }
    #expect(transport.requests.count == 1)
  }

  @Test func `an operation is followed until the upstream has answered`() async throws {
    let states = ["queued", "sent", "accepted"].map { operation.replacing("STATE", with: $0) }
    let transport = ScriptedTransport(
      [.answer(202, states[0])] + states.map { .answer(200, $0) })
    let answer = try await transport.client.run(.resume, on: "p", waiting: .notAtAll)
    guard case .underWay(let operation) = answer else { return #expect(Bool(false)) }
    #expect(try await transport.client.settled(operation).state == .accepted)
    #expect(transport.requests[0].headers["Prefer"] == "respond-async")
    #expect(transport.requests.count == 4)
  }

  @Test func `nothing new is nil`() async throws {
    let transport = ScriptedTransport([.answer(304, "")])
    let reading = try await transport.client.heatPump("p", ifChangedFrom: "\"a.b\"")
    #expect(reading == nil)
    #expect(transport.requests[0].headers["If-None-Match"] == "\"a.b\"")
  }

  @Test func `a page that is no answer of the gateway's says so`() async throws {
    let transport = ScriptedTransport([.answer(502, "<html>"), .answer(200, "[]")])
    await #expect(throws: ClientError.self) { _ = try await transport.client.job("j") }
    await #expect(throws: ClientError.self) { _ = try await transport.client.jobs() }
  }

  @Test func `pages are read to the end`() async throws {
    let transport = ScriptedTransport([
      .answer(200, #"{"items":[{"id":"a"}],"next_cursor":"2"}"#),
      .answer(200, #"{"items":[{"id":"b"}],"next_cursor":null}"#),
    ])
    let client = transport.client
    let pumps = try await client.all { try await client.heatPumps(cursor: $0) }
    #expect(pumps.map(\.id) == ["a", "b"])
    #expect(transport.requests[1].url.query()?.contains("cursor=2") == true)
  }
}
