import Credentials
import GatewayCore
import TestSupport
import Testing

/// Goal: other credentials come into use without a moment without a token.
/// Method: a scripted endpoint and a clock moved by hand, with the keeper at work.
@Suite struct TokenReconfigurationTests {
  private let settings = TokenSettings(tokenURL: BrokerFixture.url)

  private func keeping(
    _ fixture: BrokerFixture, _ body: () async throws -> Void
  ) async rethrows {
    let keeper = Task { await fixture.broker.run() }
    try await body()
    keeper.cancel()
    await keeper.value
  }

  @Test func `other credentials are used at once, the token until there is another`() async throws {
    let fixture = BrokerFixture([.token("t1"), .hold])
    try await keeping(fixture) {
      #expect(await fixture.token() == .success("Bearer t1"))
      fixture.broker.reconfigure(
        settings: settings, slots: CredentialSlots(current: BrokerFixture.source("other")),
        change: .replaced)
      try await eventually("a request") { fixture.transport.requestCount == 2 }
      #expect(await fixture.token() == .success("Bearer t1"))
      fixture.transport.release(.token("t2"))
      try await eventually("the other token") {
        fixture.broker.usableToken?.value.revealedForTest == "Bearer t2"
      }
      let authorization = fixture.transport.requests[1].authorization?.revealedForTest
      #expect(authorization == "Basic b3RoZXI6Y2FuYXJ5LW90aGVy")
    }
    #expect(fixture.broker.status.slot == .current)
  }

  @Test func `the same credentials, and the next that become the first, need no other token`()
    async throws
  {
    let fixture = BrokerFixture(
      [oauthError("invalid_client", status: 401), .token("t1")],
      slots: BrokerFixture.slots(next: true))
    await keeping(fixture) {
      #expect(await fixture.token() == .success("Bearer t1"))
      #expect(fixture.broker.status.slot == .next && fixture.broker.status.slotAge == .zero)
      fixture.clock.advance(by: .seconds(60))
      fixture.broker.reconfigure(
        settings: settings, slots: BrokerFixture.slots(next: true), change: .none)
      #expect(fixture.broker.status.slot == .next)
      #expect(fixture.broker.status.slotAge == .seconds(60))
      fixture.broker.reconfigure(
        settings: settings, slots: CredentialSlots(current: BrokerFixture.source("new")),
        change: .promoted)
      #expect(fixture.broker.status.slot == .current && fixture.broker.status.slotAge == .zero)
      #expect(await fixture.token() == .success("Bearer t1"))
    }
    #expect(fixture.transport.requestCount == 2)
  }

  @Test func `a pause after a refusal ends, and one after a fault does not`() async throws {
    for (step, isMended) in [
      (oauthError("invalid_client", status: 401), true), (.status(503), false),
    ] {
      let fixture = BrokerFixture([step, .token("t1")])
      #expect(await fixture.token() != .success("Bearer t1"))
      fixture.broker.reconfigure(settings: settings, slots: BrokerFixture.slots(), change: .none)
      #expect(await (fixture.token() == .success("Bearer t1")) == isMended)
    }
  }
}
