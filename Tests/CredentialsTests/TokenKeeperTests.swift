import GatewayCore
import TestSupport
import Testing

@testable import Credentials

/// Goal: a token is there from the start and renewed in time, for ever, until cancelled.
/// Method: the keeper's task against a scripted endpoint, time moved by hand.
@Suite struct TokenKeeperTests {
  @Test func `a token is fetched ahead and renewed at four fifths of its life`() async throws {
    let fixture = BrokerFixture([.token("t1", expiresIn: 1000), .hold])
    let keeper = Task { await fixture.broker.run() }
    await fixture.clock.waitForSleepers(1)
    #expect(fixture.transport.requestCount == 1)
    let token = try #require(fixture.broker.usableToken)
    let renewal = token.refreshAt - token.issuedAt
    #expect(renewal >= .seconds(750) && renewal <= .seconds(850))
    fixture.clock.advance(by: renewal - .milliseconds(1))
    #expect(fixture.transport.requestCount == 1)
    fixture.clock.advance(by: .milliseconds(1))
    await fixture.transport.waitForRequests(2)
    #expect(fixture.broker.usableToken?.generation == 1)
    #expect(await fixture.token() == .success("Bearer t1"))
    fixture.transport.release(.token("t2"))
    await fixture.clock.waitForSleepers(1)
    #expect(fixture.broker.usableToken?.generation == 2)
    keeper.cancel()
    await keeper.value
    #expect(fixture.clock.sleeperCount == 0)
  }

  @Test func `failures are retried for ever, with the old token in use`() async throws {
    let fixture = BrokerFixture([.token("t1", expiresIn: 100_000)], then: .status(503))
    let keeper = Task { await fixture.broker.run() }
    await fixture.clock.waitForSleepers(1)
    let token = try #require(fixture.broker.usableToken)
    fixture.clock.advance(by: token.refreshAt - token.issuedAt)
    for attempt in 2..<30 {
      await fixture.transport.waitForRequests(attempt)
      await fixture.clock.waitForSleepers(1)
      let pause = try #require(fixture.broker.status.coolDown)
      #expect(pause >= .milliseconds(100) && pause <= .seconds(60))
      #expect(await fixture.token() == .success("Bearer t1"))
      fixture.clock.advance(by: pause)
    }
    keeper.cancel()
    await keeper.value
  }

  @Test func `a rejected token is replaced without a caller`() async throws {
    let fixture = BrokerFixture([.token("t1"), .token("t2")])
    let keeper = Task { await fixture.broker.run() }
    await fixture.clock.waitForSleepers(1)
    fixture.broker.reject(try #require(fixture.broker.usableToken))
    await fixture.transport.waitForRequests(2)
    keeper.cancel()
    await keeper.value
  }

  @Test func `cancellation ends the keeper and the request under way`() async {
    let fixture = BrokerFixture([.hold])
    let keeper = Task { await fixture.broker.run() }
    await fixture.transport.waitForRequests(1)
    async let waiting = fixture.token()
    await fixture.clock.waitForSleepers(1)
    keeper.cancel()
    await keeper.value
    guard case .failure(.unavailable) = await waiting else {
      Issue.record("the waiting caller was left alone")
      return
    }
  }
}

/// Goal: what a token endpoint may say is judged by the letter.
/// Method: tables of answers.
@Suite struct TokenGrantTests {
  private let settings = TokenSettings(tokenURL: "https://login.example/")

  @Test(arguments: [
    "", "a b", "a\tb", "a\r\nX: y", "a\u{0}b", "tökén", "a\u{7F}",
    String(repeating: "x", count: 8193),
  ])
  func `a token that would poison a request is refused`(token: String) {
    #expect(grant(["access_token": .string(token), "token_type": "Bearer"]) == nil)
  }

  @Test func `the token type must be Bearer, in any case`() {
    for type: JSONValue in ["Bearer", "bearer", "BEARER"] {
      #expect(grant(["access_token": "t", "token_type": type]) != nil)
    }
    for type: JSONValue in ["MAC", "", nil, 1] {
      #expect(grant(["access_token": "t", "token_type": type]) == nil)
    }
    #expect(grant(["access_token": "t"]) == nil)
    #expect(grant(["token_type": "Bearer"]) == nil)
  }

  @Test(arguments: [
    ("36000", 36000), ("\"3600\"", 3600), ("3600.0", 3600), ("1", 1), ("0", 900), ("-5", 900),
    ("null", 900), ("\"soon\"", 900), ("true", 900), ("\"1e300\"", 86400), ("999999999", 86400),
    ("\"nan\"", 900), ("\"inf\"", 900),
  ])
  func `nonsense for a life gets the default, and long lives an end`(
    text: String, seconds: Int
  ) throws {
    let body = #"{"access_token":"t","token_type":"Bearer","expires_in":\#(text)}"#
    let grant = try #require(TokenGrant(parsing: Array(body.utf8), settings: settings))
    #expect(grant.life == .seconds(seconds))
  }

  @Test(arguments: [
    (36000, 27000.0...30600), (900, 675.0...765), (100, 50.0...50), (70, 35.0...35),
    (250, 187.5...190),
  ])
  func `renewal is due a minute before the end, and not in the first half`(
    life: Int, seconds: ClosedRange<Double>
  ) throws {
    let body: JSONValue = [
      "access_token": "t", "token_type": "Bearer", "expires_in": .number(ExactDecimal(life)),
    ]
    let grant = try #require(TokenGrant(parsing: body.encoded, settings: settings))
    for chance in [0, 0.5, 0.999_999] {
      let token = AccessToken(
        grant, generation: 1, at: MonotonicInstant(nanoseconds: 0), settings: settings,
        chance: chance)
      #expect(seconds.contains((token.refreshAt - token.issuedAt).seconds))
      #expect(token.usableUntil < token.expiresAt)
    }
  }

  private func grant(_ answer: JSONValue) -> TokenGrant? {
    TokenGrant(parsing: answer.encoded, settings: settings)
  }
}

/// Goal: the broker's decisions hold in every order of events.
/// Method: the pure machine, event by event.
@Suite struct TokenStateTests {
  private let start = MonotonicInstant(nanoseconds: 0)

  @Test func `one attempt is begun, and the keeper waits for it`() {
    var state = TokenState(settings: TokenSettings(tokenURL: "https://login.example/"))
    guard case .wait(mustFetch: true) = state.demand(at: start),
      case .wait(mustFetch: false) = state.demand(at: start)
    else {
      Issue.record("not one attempt")
      return
    }
    #expect(state.keeperStep(at: start) == .waitForChange)
    state.finish(.failed(.serverError, retryAfter: nil), at: start, chance: 0.5)
    #expect(state.keeperStep(at: start) == .waitUntil(start + .milliseconds(500)))
    #expect(state.keeperStep(at: start + .milliseconds(500)) == .fetch)
    state.finish(.failed(.serverError, retryAfter: nil), at: start, chance: 0.5)
    #expect(state.keeperStep(at: start) == .waitUntil(start + .seconds(1)))
  }

  @Test func `a grant forgets all failures`() throws {
    var state = TokenState(settings: TokenSettings(tokenURL: "https://login.example/"))
    for _ in 0..<10 {
      state.finish(.failed(.timeout, retryAfter: nil), at: start, chance: 0.99)
    }
    let body: JSONValue = ["access_token": "t", "token_type": "bearer"]
    let grant = try #require(
      TokenGrant(parsing: body.encoded, settings: TokenSettings(tokenURL: "")))
    state.finish(.granted(grant, slot: .next, encoding: .form), at: start, chance: 0.5)
    let status = state.status(at: start)
    #expect(status.lastFailure == nil && status.coolDown == nil && status.isUsable)
    #expect(status.slot == .next && status.requestStyle == .form)
    state.finish(.failed(.timeout, retryAfter: nil), at: start, chance: 0.5)
    #expect(state.status(at: start).coolDown == .milliseconds(500))
  }
}
