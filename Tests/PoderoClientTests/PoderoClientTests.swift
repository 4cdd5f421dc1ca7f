import Credentials
import GatewayCore
import PoderoClient
import TestSupport
import Testing

/// Goal: a call becomes one well-formed request, and its answer one body or one fault.
/// Method: the whole client between scripted endpoints.
@Suite struct PoderoClientTests {
  private let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  @Test func `a read is sent as documented`() async throws {
    let fixture = ClientFixture()
    #expect(await fixture.send(read, traceparent: trace) == .success(goodBody))
    let request = try #require(fixture.upstream.requests.first)
    #expect(request.method == .get)
    #expect(
      request.url
        == "https://api.example/api/partners/v2.0/org/\(organisation)/users/\(user)/heat-pumps/\(pump)"
    )
    #expect(
      request.headers == [.init("Accept", "application/json"), .init("traceparent", trace)])
    #expect(request.authorization?.revealedForTest == "Bearer canary-1")
    #expect(request.body == nil)
    #expect(request.connectTimeout == .seconds(3))
    #expect(request.deadline == fixture.clock.monotonic + .seconds(10))
    #expect(request.maximumBodyBytes == 8 << 20)
  }

  @Test func `an update carries its body, and no request lasts longer than its limit`() async throws
  {
    let fixture = ClientFixture()
    #expect(await fixture.send(update, .write, within: .seconds(99)) == .success(goodBody))
    let request = try #require(fixture.upstream.requests.first)
    #expect(request.method == .put)
    #expect(request.body == update.body)
    #expect(request.headers.contains(.init("Content-Type", "application/json")))
    #expect(request.deadline == fixture.clock.monotonic + .seconds(15))
  }

  @Test(arguments: ["", "x", "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01", "a\r\nb"])
  func `a trace context of another form is dropped`(text: String) async {
    let fixture = ClientFixture()
    _ = await fixture.send(read, traceparent: text)
    #expect(fixture.upstream.requests[0].headers == [.init("Accept", "application/json")])
  }

  @Test func `a deadline in the past sends nothing`() async {
    let fixture = ClientFixture()
    #expect(await fixture.send(update, within: .zero).fault?.kind == .timeout)
    #expect(fixture.upstream.requestCount == 0)
    #expect(fixture.tokens.requestCount == 0)
  }

  @Test func `every request is observed, retries too`() async {
    let fixture = ClientFixture([.status(503), good])
    #expect(await fixture.sendThroughPauses(read, pauses: 1) == .success(goodBody))
    let seen = fixture.observer.observations
    #expect(seen.map(\.call) == ["heat_pump", "heat_pump"])
    #expect(seen.map(\.status) == [503, 200])
    #expect(seen.map(\.outcome) == ["error_5xx", "ok"])
    #expect(seen.map(\.priority) == [.read, .read])
    #expect(fixture.client.status.counts.requests == 2)
    #expect(fixture.client.status.counts.retries == 1)
  }

  @Test func `no secret, token or word of the upstream is logged or told`() async {
    let words: JSONValue = ["detail": "canary-words"]
    let fixture = ClientFixture(
      [
        .json(words, status: 401), .json(words, status: 500), .json(words, status: 404),
        .json(words, status: 422), .json(words, status: 429), fault(.interrupted, sent: true),
      ])
    for _ in 0..<5 {
      if let fault = await fixture.send(update, .write).fault {
        #expect(!"\(fault) \(fault.gatewayFault())".contains("canary"))
      }
      // Beyond the pause after the 429.
      fixture.clock.advance(by: .seconds(10))
    }
    #expect(fixture.log.count > 4)
    #expect(!fixture.log.text.contains("canary"))
  }
}

/// Goal: a 401 is cured by one fresh token where it can be, for any number of calls.
/// Method: scripted 401s, counting requests on both endpoints.
@Suite struct ClientTokenTests {
  private static let rejected = FakeTransport.Step.json(["detail": "Unauthorized"], status: 401)

  @Test(arguments: [read, update])
  func `a 401 is replayed once with a fresh token, a write too`(call: PoderoCall) async {
    let fixture = ClientFixture([Self.rejected])
    #expect(await fixture.send(call) == .success(goodBody))
    #expect(fixture.usedTokens == ["Bearer canary-1", "Bearer canary-2"])
  }

  @Test(arguments: [read, update])
  func `a fresh token that is rejected too ends in a credentials fault`(call: PoderoCall) async {
    let fixture = ClientFixture([Self.rejected, Self.rejected])
    let fault = await fixture.send(call).fault
    #expect(fault?.kind == .credentials)
    #expect(fault?.mayHaveBeenApplied == false)
    #expect(fixture.upstream.requestCount == 2)
  }

  @Test func `a 403 is not replayed`() async {
    let fixture = ClientFixture([.json(["detail": "Forbidden"], status: 403)])
    #expect(await fixture.send(read).fault?.kind == .credentials)
    #expect(fixture.upstream.requestCount == 1)
    #expect(fixture.tokens.requestCount == 1)
  }

  @Test func `many calls rejected together cost one new token`() async {
    let fixture = ClientFixture([FakeTransport.Step](repeating: .hold, count: 30)) {
      $0.requestsPerSecond = 1000
    }
    await withTaskGroup(of: Result<[UInt8], UpstreamFault>.self) { group in
      for _ in 0..<30 { group.addTask { await fixture.send(read, within: .seconds(60)) } }
      await fixture.upstream.waitForRequests(30)
      fixture.upstream.releaseAll(Self.rejected)
      for await result in group { #expect(result == .success(goodBody)) }
    }
    #expect(fixture.tokens.requestCount == 2)
  }

  @Test func `an expired token is never sent`() async {
    let fixture = ClientFixture(tokens: [.token("short", expiresIn: 60)])
    _ = await fixture.send(read)
    fixture.clock.advance(by: .seconds(56))
    _ = await fixture.send(read)
    #expect(fixture.usedTokens == ["Bearer short", "Bearer canary-1"])
  }

  @Test func `without a token the fault tells whether somebody must act`() async {
    let down = ClientFixture(tokens: [.status(503)])
    let fault = await down.send(read).fault
    #expect(fault?.kind == .unavailable)
    #expect(fault?.retryAfter != nil)
    let refused = ClientFixture(tokens: [.json(["error": "invalid_client"], status: 401)])
    #expect(await refused.send(read).fault?.kind == .credentials)
    #expect(await refused.send(read).fault?.kind == .credentials)
    #expect(refused.client.health == .down)
    #expect(down.upstream.requestCount + refused.upstream.requestCount == 0)
    #expect(down.client.status.budget.inFlight == 0)
    // What was not sent has cost nothing: the whole burst is still there.
    for _ in 0..<60 { #expect(await down.send(read).fault?.kind == .unavailable) }
    #expect(down.client.status.counts.requests == 0)
  }
}

/// Goal: reads are repeated within their bounds, updates only where nothing can have happened.
/// Method: scripted faults, counting requests.
@Suite struct ClientRetryTests {
  @Test(arguments: [
    FakeTransport.Step.status(502), .status(503), .status(504), fault(.connect, sent: false),
    fault(.resolve, sent: false), fault(.interrupted, sent: true),
  ])
  func `a read is sent three times at most`(step: FakeTransport.Step) async {
    let fixture = ClientFixture([step, step], then: good)
    #expect(await fixture.sendThroughPauses(read, pauses: 2) == .success(goodBody))
    let hopeless = ClientFixture(then: step)
    #expect(await hopeless.sendThroughPauses(read, pauses: 2).fault != nil)
    #expect(hopeless.upstream.requestCount == 3)
  }

  @Test func `no retry begins after the deadline`() async {
    let fixture = ClientFixture([.status(503, headers: [.init("Retry-After", "10")])])
    let fault = await fixture.send(read, within: .seconds(10)).fault
    #expect(fault?.kind == .error(status: 503))
    #expect(fault?.retryAfter == .seconds(10))
    #expect(fixture.upstream.requestCount == 1)
  }

  @Test(arguments: [
    FakeTransport.Step.status(500), .status(502), .status(503), .status(504),
    fault(.interrupted, sent: true), fault(.timeout, sent: true), fault(.connect, sent: true),
    fault(.invalidAnswer, sent: true), fault(.tooLarge, sent: true), .status(200),
  ])
  func `an update that may have arrived is never sent again`(step: FakeTransport.Step) async {
    let fixture = ClientFixture(then: step)
    let fault = await fixture.send(update, .write).fault
    #expect(fault?.mayHaveBeenApplied == true)
    #expect(fixture.upstream.requestCount == 1)
  }

  @Test func `an update of which nothing left is sent once more`() async {
    let step = fault(.interrupted, sent: false)
    let fixture = ClientFixture([step])
    #expect(await fixture.sendThroughPauses(update, pauses: 1) == .success(goodBody))
    let hopeless = ClientFixture(then: step)
    let result = await hopeless.sendThroughPauses(update, pauses: 1)
    #expect(result.fault?.mayHaveBeenApplied == false)
    #expect(hopeless.upstream.requestCount == 2)
  }
}

/// Goal: budget and breaker hold for all calls of the organisation together.
/// Method: the whole client, time moved by hand.
@Suite struct ClientLimitTests {
  @Test func `a 429 slows the whole organisation`() async {
    let fixture = ClientFixture([.status(429, headers: [.init("Retry-After", "30")])])
    let fault = await fixture.send(read).fault
    #expect(fault?.kind == .throttled && fault?.retryAfter == .seconds(30))
    for call in [read, update] {
      let other = await fixture.send(call, .write, within: .seconds(29)).fault
      #expect(other?.kind == .throttled && other?.retryAfter == .seconds(30))
    }
    #expect(fixture.upstream.requestCount == 1)
    #expect(fixture.client.health == .degraded)
    async let patient = fixture.send(read, within: .seconds(60))
    await fixture.clock.waitForSleepers(2)
    fixture.clock.advance(by: .seconds(30))
    #expect(await patient == .success(goodBody))
    #expect(fixture.client.health == .ok)
  }

  @Test func `the breaker opens, refuses at once, and closes after one good read`() async {
    let fixture = ClientFixture([
      .status(500), .status(500), .status(500), .status(500), .status(500),
    ])
    for _ in 0..<5 { _ = await fixture.send(update, .write) }
    #expect(fixture.client.health == .down)
    let refused = await fixture.send(read).fault
    #expect(refused?.kind == .unavailable)
    #expect(refused?.retryAfter.map { $0 > .zero && $0 <= .seconds(1) } == true)
    #expect(fixture.upstream.requestCount == 5)
    fixture.clock.advance(by: .seconds(1))
    fixture.upstream.append(.hold)
    async let probe = fixture.send(read)
    await fixture.upstream.waitForRequests(6)
    #expect(await fixture.send(read).fault?.kind == .unavailable)
    #expect(await fixture.send(update, .write).fault?.kind == .unavailable)
    fixture.upstream.release(good)
    #expect(await probe == .success(goodBody))
    #expect(fixture.client.health == .ok)
    #expect(await fixture.send(update, .write) == .success(goodBody))
  }

  @Test func `where only writers come the client probes by itself`() async {
    let fixture = ClientFixture([
      .status(500), .status(500), .status(500), .status(500), .status(500),
    ])
    for _ in 0..<5 { _ = await fixture.send(update, .write) }
    fixture.clock.advance(by: .seconds(1))
    #expect(await fixture.send(update, .write).fault?.kind == .unavailable)
    await fixture.observer.waitForObservations(6)
    #expect(fixture.upstream.requests[5].url.hasSuffix("/users"))
    #expect(fixture.client.health == .ok)
    #expect(await fixture.send(update, .write) == .success(goodBody))
  }

  @Test func `a caller in a hurry does not open the breaker`() async {
    let fixture = ClientFixture(then: fault(.timeout, sent: true))
    for _ in 0..<10 { _ = await fixture.send(update, .write, within: .seconds(1)) }
    #expect(fixture.client.health == .ok)
    for _ in 0..<5 { _ = await fixture.send(update, .write, within: .seconds(10)) }
    #expect(fixture.client.health == .down)
  }

  @Test func `no more requests than allowed are under way, the important first`() async {
    let fixture = ClientFixture([.hold], then: good) { $0.inFlight = 1 }
    async let first = fixture.send(read)
    await fixture.upstream.waitForRequests(1)
    async let poll = fixture.send(.heatPumps(user: user), .poll)
    await fixture.clock.waitForSleepers(1)
    async let write = fixture.send(update, .write)
    await fixture.clock.waitForSleepers(2)
    #expect(fixture.client.status.budget.waiting[.poll] == 1)
    #expect(fixture.client.status.budget.inFlight == 1)
    fixture.upstream.release(good)
    for result in await [first, poll, write] { #expect(result == .success(goodBody)) }
    #expect(fixture.upstream.requests.map(\.method) == [.get, .put, .get])
    #expect(fixture.client.status.budget.inFlight == 0)
  }

  @Test func `a deadline that passes in the queue is the budget's fault`() async {
    await expectTooLateForLeave(within: .seconds(2))
  }
}

/// An update waits for two seconds behind a read that has the only permit, which is too long for it:
/// it is not sent, and the read goes on.
private func expectTooLateForLeave(
  within duration: Duration = .seconds(10), leavingWithin start: Duration? = nil
) async {
  let fixture = ClientFixture([.hold]) { $0.inFlight = 1 }
  async let first = fixture.send(read)
  await fixture.upstream.waitForRequests(1)
  async let second = fixture.send(update, .write, within: duration, leavingWithin: start)
  await fixture.clock.waitForSleepers(1)
  fixture.clock.advance(by: .seconds(2))
  let fault = await second.fault
  #expect(fault?.kind == .throttled && fault?.mayHaveBeenApplied == false)
  fixture.upstream.release(good)
  #expect(await first == .success(goodBody))
  #expect(fixture.upstream.requests.map(\.method) == [.get])
}

/// Goal: what must leave by some moment is not sent after it, however long its answer may take.
/// Method: a call that waits for leave, or for a token, until that moment has passed.
@Suite struct LatestStartTests {
  @Test func `a permit that comes too late is given back`() async {
    await expectTooLateForLeave(leavingWithin: .seconds(2))
  }

  @Test func `a token that comes too late sends nothing`() async {
    let fixture = ClientFixture(tokens: [.hold])
    async let call = fixture.send(update, .write, leavingWithin: .seconds(2))
    await fixture.clock.waitForSleepers(1)
    fixture.clock.advance(by: .seconds(2))
    let fault = await call.fault
    #expect(fault?.kind == .timeout && fault?.mayHaveBeenApplied == false)
    fixture.tokens.release(.token("canary"))
    #expect(fixture.upstream.requests.isEmpty)
    #expect(fixture.client.status.budget.inFlight == 0)
  }

  @Test func `an answer may come later`() async {
    let fixture = ClientFixture([.hold])
    async let call = fixture.send(update, .write, leavingWithin: .seconds(2))
    await fixture.upstream.waitForRequests(1)
    fixture.clock.advance(by: .seconds(5))
    fixture.upstream.release(good)
    #expect(await call == .success(goodBody))
  }
}

/// Goal: cancellation ends a call wherever it waits, and leaves nothing behind.
/// Method: a task cancelled at each of the four waits.
@Suite struct ClientCancellationTests {
  @Test func `while waiting for the budget`() async {
    let fixture = ClientFixture([.hold]) { $0.inFlight = 1 }
    async let first = fixture.send(read)
    await fixture.upstream.waitForRequests(1)
    let second = Task { await fixture.send(update, .write) }
    await fixture.clock.waitForSleepers(1)
    second.cancel()
    #expect(await second.value.fault?.kind == .cancelled)
    #expect(fixture.client.status.budget.waiting[.write] == 0)
    fixture.upstream.release(good)
    #expect(await first == .success(goodBody))
  }

  @Test func `while waiting for a token`() async {
    let fixture = ClientFixture(tokens: [.hold])
    let call = Task { await fixture.send(update, .write) }
    await fixture.clock.waitForSleepers(1)
    call.cancel()
    let fault = await call.value.fault
    #expect(fault?.kind == .cancelled && fault?.mayHaveBeenApplied == false)
    #expect(fixture.client.status.budget.inFlight == 0)
    fixture.tokens.release(.token("canary"))
  }

  @Test func `while waiting for the answer`() async {
    let fixture = ClientFixture([.hold])
    let call = Task { await fixture.send(update, .write) }
    await fixture.upstream.waitForRequests(1)
    call.cancel()
    let fault = await call.value.fault
    #expect(fault?.kind == .cancelled && fault?.mayHaveBeenApplied == true)
    #expect(fixture.client.status.budget.inFlight == 0)
    #expect(fixture.client.health == .ok)
  }

  @Test func `while pausing before a retry`() async {
    let fixture = ClientFixture([.status(503)])
    await fixture.fetchToken()
    let call = Task { await fixture.send(read) }
    await fixture.clock.waitForSleepers(1)
    call.cancel()
    #expect(await call.value.fault?.kind == .cancelled)
    #expect(fixture.upstream.requestCount == 1)
    #expect(fixture.clock.sleeperCount == 0)
  }
}
