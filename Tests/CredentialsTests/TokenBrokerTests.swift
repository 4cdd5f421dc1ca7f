import Credentials
import GatewayCore
import TestSupport
import Testing

/// Goal: callers get a good token or a prompt, honest refusal; the endpoint gets few requests.
/// Method: a scripted endpoint and a clock moved by hand.
@Suite struct TokenBrokerTests {
  @Test func `the request is the documented one`() async throws {
    let fixture = BrokerFixture([.token("t1")])
    #expect(await fixture.token() == .success("Bearer t1"))
    let request = try #require(fixture.transport.requests.first)
    #expect(request.method == .post)
    #expect(request.url == BrokerFixture.url)
    #expect(request.authorization?.revealedForTest == "Basic b2xkOmNhbmFyeS1vbGQ=")
    #expect(request.headers.contains(.init("Content-Type", "application/json")))
    #expect(fixture.bodies == [jsonBody])
    #expect(request.deadline == fixture.clock.monotonic + .seconds(15))
  }

  @Test func `a thousand callers cost one request`() async {
    let fixture = BrokerFixture([.hold])
    await withTaskGroup(of: Result<String, CredentialFault>.self) { group in
      for _ in 0..<1000 { group.addTask { await fixture.token() } }
      await fixture.clock.waitForSleepers(1000)
      fixture.transport.release(.token("t1"))
      for await result in group { #expect(result == .success("Bearer t1")) }
    }
    #expect(fixture.transport.requestCount == 1)
    #expect(fixture.broker.status.fetches == 1)
  }

  @Test func `a caller's deadline and cancellation end its own wait only`() async {
    let fixture = BrokerFixture([.hold])
    async let patient = fixture.token(within: .seconds(30))
    await fixture.clock.waitForSleepers(1)
    async let hurried = fixture.token(within: .seconds(2))
    await fixture.clock.waitForSleepers(2)
    let leaving = Task { await fixture.token(within: .seconds(20)) }
    await fixture.clock.waitForSleepers(3)
    leaving.cancel()
    #expect(await leaving.value == .failure(.cancelled))
    fixture.clock.advance(by: .seconds(2))
    #expect(await hurried == .failure(.timedOut))
    fixture.transport.release(.token("t1"))
    #expect(await patient == .success("Bearer t1"))
    #expect(fixture.transport.requestCount == 1)
  }

  @Test func `a token about to expire is never handed out`() async {
    let fixture = BrokerFixture([.token("t1", expiresIn: 100), .token("t2")])
    #expect(await fixture.token() == .success("Bearer t1"))
    fixture.clock.advance(by: .seconds(94))
    #expect(fixture.broker.usableToken != nil)
    fixture.clock.advance(by: .seconds(1))
    #expect(fixture.broker.usableToken == nil)
    #expect(await fixture.token() == .success("Bearer t2"))
    #expect(fixture.broker.status.generation == 2)
  }

  @Test func `after a failure callers are told at once when to come back`() async {
    let fixture = BrokerFixture([.status(503), .token("t1")])
    guard case .failure(.unavailable(let wait)) = await fixture.token() else {
      Issue.record("not unavailable")
      return
    }
    #expect(wait >= .milliseconds(100) && wait <= .seconds(1))
    #expect(await fixture.token() == .failure(.unavailable(retryAfter: wait)))
    #expect(fixture.transport.requestCount == 1)
    #expect(fixture.broker.status.coolDown == wait)
    fixture.clock.advance(by: wait)
    #expect(await fixture.token() == .success("Bearer t1"))
  }

  @Test(arguments: [("7", 7), ("86400", 300), ("Tue, 24 Nov 2026 10:01:00 GMT", 60)])
  func `Retry-After is obeyed up to its cap`(header: String, seconds: Int) async {
    let fixture = BrokerFixture([.status(429, headers: [.init("Retry-After", header)])])
    #expect(await fixture.token() == .failure(.unavailable(retryAfter: .seconds(seconds))))
    #expect(fixture.broker.status.lastFailure == .throttled)
  }

  @Test func `refused credentials stay a refusal during the pause`() async {
    let fixture = BrokerFixture([oauthError("invalid_client", status: 401)])
    guard case .failure(.refused) = await fixture.token() else {
      Issue.record("not refused")
      return
    }
    guard case .failure(.refused) = await fixture.token() else {
      Issue.record("not refused in the pause")
      return
    }
    #expect(fixture.transport.requestCount == 1)
    #expect(fixture.broker.status.lastFailure == .refused)
  }

  @Test(arguments: [
    (
      FakeTransport.Step.fail(TransportFault(.connect, mayHaveBeenSent: false)),
      TokenFailure.unreachable
    ),
    (.fail(TransportFault(.timeout, mayHaveBeenSent: true)), .timeout),
    (.status(500), .serverError), (.status(302), .serverError), (.status(404), .serverError),
    (.status(200), .unreadable), (.json([]), .unreadable), (oauthError("invalid_scope"), .refused),
    (oauthError("something_else"), .refused), (.status(403), .refused),
  ])
  func `every failure has its kind`(step: FakeTransport.Step, kind: TokenFailure) async {
    let fixture = BrokerFixture([step])
    let result = await fixture.token()
    #expect(throws: CredentialFault.self) { try result.get() }
    #expect(fixture.broker.status.lastFailure == kind)
    #expect(fixture.broker.status.failures == 1)
    #expect(fixture.broker.status.generation == 0)
  }

  @Test func `no secret, token or word of the server is ever logged`() async {
    let fixture = BrokerFixture(
      [
        oauthError("invalid_client", status: 401), .token("canary-token"),
        oauthError("canary_code"), .status(500),
      ], slots: BrokerFixture.slots(next: true))
    for _ in 0..<4 {
      _ = await fixture.token()
      if let token = fixture.broker.usableToken { fixture.broker.reject(token) }
      fixture.clock.advance(by: .seconds(120))
    }
    #expect(fixture.log.count > 3)
    for word in ["canary", "words-of-the-server", "b2xkOmNh", "bmV3OmNh"] {
      #expect(!fixture.log.text.contains(word))
    }
  }
}

/// Goal: both ways to write the request, and both slots of a rotation, lead to a token.
/// Method: a scripted endpoint that takes just one of them.
@Suite struct TokenNegotiationTests {
  @Test(arguments: [
    oauthError("unsupported_grant_type"), oauthError("invalid_request"), .status(415),
  ])
  func `auto turns to the form when JSON is refused, and remembers`(
    refusal: FakeTransport.Step
  ) async throws {
    let fixture = BrokerFixture([refusal, .token("t1"), .token("t2")])
    #expect(await fixture.token() == .success("Bearer t1"))
    let token = try #require(fixture.broker.usableToken)
    #expect(fixture.broker.status.requestStyle == .form)
    fixture.broker.reject(token)
    #expect(await fixture.token() == .success("Bearer t2"))
    #expect(fixture.bodies == [jsonBody, formBody, formBody])
    #expect(
      fixture.transport.requests[1].headers.contains(
        .init("Content-Type", "application/x-www-form-urlencoded")))
  }

  @Test func `auto turns back when the server changes its mind`() async throws {
    let fixture = BrokerFixture([
      .status(415), .token("t1"), oauthError("unsupported_grant_type"), .token("t2"),
    ])
    _ = await fixture.token()
    fixture.broker.reject(try #require(fixture.broker.usableToken))
    #expect(await fixture.token() == .success("Bearer t2"))
    #expect(fixture.bodies == [jsonBody, formBody, formBody, jsonBody])
  }

  @Test(arguments: [(TokenRequestStyle.json, jsonBody), (.form, formBody)])
  func `a fixed style is never left`(style: TokenRequestStyle, body: String) async {
    let fixture = BrokerFixture([oauthError("unsupported_grant_type")]) { $0.style = style }
    guard case .failure(.refused) = await fixture.token() else {
      Issue.record("not refused")
      return
    }
    #expect(fixture.bodies == [body])
  }

  @Test func `a refused slot gives way to the next, which is promoted`() async throws {
    let fixture = BrokerFixture(
      [oauthError("invalid_client", status: 401), .token("t1"), .token("t2")],
      slots: BrokerFixture.slots(next: true))
    #expect(fixture.broker.status.slot == .current)
    #expect(await fixture.token() == .success("Bearer t1"))
    #expect(fixture.broker.status.slot == .next)
    fixture.broker.reject(try #require(fixture.broker.usableToken))
    #expect(await fixture.token() == .success("Bearer t2"))
    let used = fixture.transport.requests.map { $0.authorization?.revealedForTest }
    let old = "Basic b2xkOmNhbmFyeS1vbGQ="
    let new = "Basic bmV3OmNhbmFyeS1uZXc="
    #expect(used == [old, new, new])
  }

  @Test func `a slot is not left for a server in trouble`() async {
    let fixture = BrokerFixture([.status(503)], slots: BrokerFixture.slots(next: true))
    _ = await fixture.token()
    #expect(fixture.transport.requestCount == 1)
    #expect(fixture.broker.status.slot == .current)
  }

  @Test func `an unreadable secret gives way to the next slot, or is unavailable`() async {
    let missing: CredentialSlots.Source = { () throws(SecretFault) in
      throw SecretFault(.file("/secrets/x"), .missing)
    }
    let both = BrokerFixture(
      [.token("t1")],
      slots: CredentialSlots(current: missing, next: BrokerFixture.slots().current))
    #expect(await both.token() == .success("Bearer t1"))
    #expect(both.broker.status.slot == .next)
    let one = BrokerFixture([], slots: CredentialSlots(current: missing))
    guard case .failure(.unavailable) = await one.token() else {
      Issue.record("not unavailable")
      return
    }
    #expect(one.broker.status.lastFailure == .secretUnreadable)
    #expect(one.log.text.contains("file /secrets/x is missing"))
  }

  @Test func `sources are read anew by every attempt`() async throws {
    let name = Locked("first")
    let slots = CredentialSlots(current: {
      ClientCredentials(clientID: name.withLock { $0 }, clientSecret: Secret("s"))
    })
    let fixture = BrokerFixture([.token("t1"), .token("t2")], slots: slots)
    _ = await fixture.token()
    name.withLock { $0 = "second" }
    fixture.broker.reject(try #require(fixture.broker.usableToken))
    _ = await fixture.token()
    let used = fixture.transport.requests.map { $0.authorization?.revealedForTest }
    #expect(used == ["Basic Zmlyc3Q6cw==", "Basic c2Vjb25kOnM="])
  }
}

/// Goal: a rejected token is replaced once, however many calls it fails, and never in a storm.
/// Method: rejections in all orders of generation, age and proof.
@Suite struct TokenRejectionTests {
  @Test func `a storm of 401s causes one request`() async throws {
    let fixture = BrokerFixture([.token("t1"), .hold], then: .token("t3"))
    _ = await fixture.token()
    let rejected = try #require(fixture.broker.usableToken)
    await withTaskGroup(of: Result<String, CredentialFault>.self) { group in
      for _ in 0..<500 {
        group.addTask {
          fixture.broker.reject(rejected)
          return await fixture.token()
        }
      }
      await fixture.clock.waitForSleepers(500)
      fixture.transport.release(.token("t2"))
      for await result in group { #expect(result == .success("Bearer t2")) }
    }
    fixture.broker.reject(rejected)
    #expect(await fixture.token() == .success("Bearer t2"))
    #expect(fixture.transport.requestCount == 2)
  }

  @Test func `an endless row of rejected tokens is fetched ever more slowly`() async throws {
    let fixture = BrokerFixture([], then: .token("t"))
    var granted = 0
    for _ in 0..<600 {
      if case .success = await fixture.token() { granted += 1 }
      if let token = fixture.broker.usableToken { fixture.broker.reject(token) }
      fixture.clock.advance(by: .seconds(1))
    }
    #expect(granted < 60)
    #expect(fixture.broker.status.lastFailure == .tokenRejected)
    guard case .failure(.refused) = await fixture.token() else { return }
  }

  @Test func `a token that other calls work with survives the 401 of one`() async throws {
    let fixture = BrokerFixture([], then: .token("t"))
    for expected in [UInt64(1), 2, 3, 3, 3] {
      _ = await fixture.token()
      let token = try #require(fixture.broker.usableToken)
      #expect(token.generation == expected)
      fixture.broker.confirm(token)
      fixture.broker.reject(token)
    }
  }
}
