import GatewayCore
import TestSupport
import Testing

@testable import Credentials

/// Goal: a gateway uses the token of the others, fetches one when it is its turn, and stands on its
/// own feet when nothing is shared.
/// Method: the shared place is played by a script; endpoint and clock as in the broker's tests.
@Suite struct SharedTokenTests {
  @Test func `a token that is there costs no request`() async {
    let shared = SharedPlace([.token(SharedPlace.token("t9", generation: 9))])
    let fixture = BrokerFixture([], sharing: shared)
    #expect(await fixture.token() == .success("Bearer t9"))
    #expect(fixture.transport.requestCount == 0)
    let status = fixture.broker.status
    #expect(status.generation == 9 && status.fetches == 0 && status.age == .seconds(60))
  }

  @Test func `in its turn it fetches one, and keeps it for all`() async {
    let shared = SharedPlace([.turn(SharedPlace.turn)])
    let fixture = BrokerFixture([.token("t1", expiresIn: 600)], sharing: shared)
    #expect(await fixture.token() == .success("Bearer t1"))
    #expect(shared.kept == ["Bearer t1"])
    // Under the number that all know it by.
    #expect(fixture.broker.status.generation == 41)
    #expect(fixture.broker.status.fetches == 1)
  }

  @Test func `while another fetches, it waits for the bell`() async {
    let shared = SharedPlace([.wait, .token(SharedPlace.token("t2", generation: 2))])
    let fixture = BrokerFixture([], sharing: shared)
    async let token = fixture.token()
    await fixture.clock.waitForSleepers(2)
    fixture.broker.lookAgain()
    #expect(await token == .success("Bearer t2"))
    #expect(fixture.transport.requestCount == 0)
  }

  @Test func `a turn without a token is ended, and the others pause as long`() async {
    let shared = SharedPlace([.turn(SharedPlace.turn)])
    let fixture = BrokerFixture([.status(503)], sharing: shared)
    guard case .failure(.unavailable) = await fixture.token() else {
      Issue.record("not unavailable")
      return
    }
    #expect(shared.ended == [.serverError])
    #expect(shared.kept == [])
  }

  @Test func `another's refusal is a refusal`() async {
    let shared = SharedPlace([.paused(.refused, rest: .seconds(20))])
    let fixture = BrokerFixture([], sharing: shared)
    guard case .failure(.refused(let rest)) = await fixture.token() else {
      Issue.record("not refused")
      return
    }
    #expect(rest == .seconds(20))
    #expect(fixture.transport.requestCount == 0)
  }

  @Test func `without what is shared, it fetches for itself, but not before it must`() async {
    let shared = SharedPlace([.away, .away])
    let fixture = BrokerFixture([.token("t1", expiresIn: 600)], sharing: shared)
    #expect(await fixture.token() == .success("Bearer t1"))
    #expect(shared.kept == [])
    let keeper = Task { await fixture.broker.run() }
    await fixture.clock.waitForSleepers(1)
    fixture.clock.advance(by: .seconds(540))
    await fixture.clock.waitForSleepers(1)
    // Due to be renewed, and still good.
    #expect(fixture.transport.requestCount == 1)
    #expect(await fixture.token() == .success("Bearer t1"))
    keeper.cancel()
    await keeper.value
  }

  @Test func `after a rejection it asks for a newer one`() async throws {
    let shared = SharedPlace([
      .token(SharedPlace.token("t1", generation: 1)),
      .token(SharedPlace.token("t2", generation: 2)),
    ])
    let fixture = BrokerFixture([], sharing: shared)
    #expect(await fixture.token() == .success("Bearer t1"))
    fixture.broker.reject(try #require(fixture.broker.usableToken))
    #expect(await fixture.token() == .success("Bearer t2"))
    #expect(shared.asked == [0, 1])
    #expect(fixture.transport.requestCount == 0)
  }
}

/// The shared place, which gives one verdict after the other, and then nothing new.
private final class SharedPlace: TokenSharing {
  private struct State: Sendable {
    var script: [SharedTokenVerdict]
    var asked: [UInt64] = []
    var kept: [String] = []
    var ended: [TokenFailure] = []
  }

  static let turn = TokenTurn(credentials: [1], fence: 1)

  private let state: Locked<State>

  init(_ script: [SharedTokenVerdict]) { state = Locked(State(script: script)) }

  var asked: [UInt64] { state.withLock { $0.asked } }
  var kept: [String] { state.withLock { $0.kept } }
  var ended: [TokenFailure] { state.withLock { $0.ended } }

  static func token(_ name: String, generation: UInt64) -> SharedToken {
    SharedToken(
      authorization: Secret("Bearer " + name), generation: generation, age: .seconds(60),
      life: .seconds(600), slot: .current)
  }

  func token(
    newerThan generation: UInt64, of credentials: Secret, at endpoint: String, turnTime: Duration?
  ) async -> SharedTokenVerdict {
    state.withLock { state in
      guard turnTime != nil else { return .wait }
      state.asked.append(generation)
      return state.script.isEmpty ? .wait : state.script.removeFirst()
    }
  }

  func keep(
    _ authorization: Secret, life: Duration, slot: CredentialSlot, in turn: TokenTurn
  ) async -> UInt64? {
    state.withLock { $0.kept.append(authorization.revealedForTest) }
    return 41
  }

  func end(_ turn: TokenTurn, _ failure: TokenFailure, pause: Duration) async {
    state.withLock { $0.ended.append(failure) }
  }
}
