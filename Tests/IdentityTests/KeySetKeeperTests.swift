import GatewayCore
import TestSupport
import Testing

@testable import Identity

/// Goal: a rotation is noticed in time, a provider that is away does no harm, and no flood of
/// tokens makes a flood of fetches.
/// Method: a clock and a transport that the test moves; the schedule also by itself.
@Suite struct KeySetKeeperTests {
  private static func answer(
    _ keys: JSONValue..., maxAge: Int? = nil
  ) -> FakeTransport.Step {
    .json(
      ["keys": .array(keys)],
      headers: maxAge.map { [.init("Cache-Control", "max-age=\($0)")] } ?? [])
  }

  /// Runs `body` while the keeper runs.
  private func running(
    _ issuer: IssuerFixture, _ body: () async throws -> Void
  ) async rethrows {
    let task = Task { await issuer.keeper.run() }
    do {
      try await body()
      task.cancel()
      await task.value
    } catch {
      task.cancel()
      throw error
    }
  }

  @Test func `keys are fetched at once, and again before they are old`() async throws {
    let next = SigningKey.p256("next")
    let issuer = IssuerFixture(
      [Self.answer(Keys.p256.jwk(), maxAge: 600)],
      then: Self.answer(Keys.p256.jwk(), next.jwk(), maxAge: 600))
    try await running(issuer) {
      await issuer.clock.waitForSleepers()
      #expect(issuer.keeper.status.keys == 1)
      #expect(issuer.transport.requests.first?.url == "https://login.example/keys")
      let former = issuer.keeper.generation
      issuer.clock.advance(by: .seconds(600))
      try await eventually("second fetch") { issuer.keeper.status.refreshes == 2 }
      #expect(issuer.keeper.generation != former)
      #expect(issuer.refusal(try next.token(issuer.claims())) == nil)
    }
  }

  @Test func `an unchanged set is confirmed and changes nothing`() async throws {
    let issuer = IssuerFixture(then: Self.answer(Keys.p256.jwk()))
    try await issuer.keeper.refresh()
    let generation = issuer.keeper.generation
    issuer.clock.advance(by: .seconds(100))
    #expect(issuer.keeper.status.age == .seconds(100))
    try await issuer.keeper.refresh()
    #expect(issuer.keeper.generation == generation)
    #expect(issuer.keeper.status.age == .zero)
    #expect(issuer.keeper.status.refreshes == 2)
  }

  @Test func `a key that is withdrawn counts no more`() async throws {
    let next = SigningKey.p256("next")
    let issuer = IssuerFixture(
      [Self.answer(Keys.p256.jwk())], then: Self.answer(next.jwk()))
    try await issuer.keeper.refresh()
    let token = try Keys.p256.token(issuer.claims())
    #expect(issuer.refusal(token) == nil)
    try await issuer.keeper.refresh()
    #expect(issuer.refusal(token) == .unknownKey)
  }

  @Test func `an unknown key brings one fetch, however many tokens name it`() async throws {
    let next = SigningKey.p256("next")
    let issuer = IssuerFixture(
      [Self.answer(Keys.p256.jwk())], then: Self.answer(Keys.p256.jwk(), next.jwk()))
    let token = try next.token(issuer.claims())
    try await running(issuer) {
      await issuer.clock.waitForSleepers()
      for _ in 0..<1000 { #expect(issuer.refusal(token) == .unknownKey) }
      #expect(issuer.transport.requestCount == 1, "the keys came just now")
      issuer.clock.advance(by: RefreshSchedule.pause)
      try await eventually("second fetch") { issuer.keeper.status.refreshes == 2 }
      #expect(issuer.refusal(token) == nil)
      #expect(issuer.transport.requestCount == 2)
    }
  }

  @Test func `tokens with made-up keys cannot make the gateway ask often`() async throws {
    let issuer = IssuerFixture(then: Self.answer(Keys.p256.jwk()))
    try await running(issuer) {
      for round in 1...5 {
        try await eventually("fetch \(round)") { issuer.keeper.status.refreshes == round }
        await issuer.clock.waitForSleepers()
        for number in 0..<100 {
          let stranger = try Keys.p256.token(
            issuer.claims(), header: ["kid": .string("made-up-\(number)")])
          #expect(issuer.refusal(stranger) == .unknownKey)
        }
        #expect(issuer.transport.requestCount == round)
        issuer.clock.advance(by: RefreshSchedule.pause)
      }
    }
  }

  @Test func `while a fetch is under way no other begins`() async throws {
    let issuer = IssuerFixture([.hold], then: .status(500))
    let token = try Keys.p256.token(issuer.claims())
    try await running(issuer) {
      try await eventually("held request") { issuer.transport.heldCount == 1 }
      for _ in 0..<1000 { #expect(issuer.refusal(token) == .unknownKey) }
      #expect(issuer.transport.requestCount == 1)
      issuer.transport.release(Self.answer(Keys.p256.jwk()))
      try await eventually("keys") { issuer.keeper.status.keys == 1 }
      #expect(issuer.refusal(token) == nil)
    }
  }

  @Test(
    arguments: [
      .status(500), .status(404), .json(["keys": []]), .json("<html>"),
      .fail(TransportFault(.connect, mayHaveBeenSent: false)),
      .respond(
        TransportResponse(status: 301, headers: [.init("Location", "https://evil.example")])),
    ] as [FakeTransport.Step])
  func `a provider that is away leaves the last good keys`(step: FakeTransport.Step) async throws {
    let issuer = IssuerFixture([Self.answer(Keys.p256.jwk())], then: step)
    try await issuer.keeper.refresh()
    await #expect(throws: KeySetFault.self) { try await issuer.keeper.refresh() }
    #expect(issuer.refusal(try Keys.p256.token(issuer.claims())) == nil)
    #expect(issuer.keeper.status.failures == 1)
    #expect(issuer.log.text.contains("keys could not be fetched"))
  }

  @Test func `without any keys nothing is accepted`() async throws {
    let issuer = IssuerFixture(then: .status(500))
    #expect(issuer.refusal(try Keys.p256.token(issuer.claims())) == .unknownKey)
    #expect(issuer.keeper.status == KeySetKeeper.Status())
  }

  @Test func `a failed fetch is tried again soon, then less often`() {
    var schedule = RefreshSchedule(at: MonotonicInstant(nanoseconds: 0))
    var now = MonotonicInstant(nanoseconds: 0)
    #expect(schedule.due <= now)
    var pauses: [Duration] = []
    for _ in 0..<8 {
      schedule.started(at: now)
      #expect(schedule.due == .distantFuture)
      schedule.failed(at: now, chance: 1)
      pauses.append(schedule.due - now)
      now = schedule.due
    }
    #expect(pauses.prefix(3) == [.seconds(2), .seconds(4), .seconds(8)])
    #expect(pauses.last == .seconds(60))
    schedule.succeeded(at: now, freshness: nil, chance: 0)
    #expect(schedule.due - now == RefreshSchedule.usual)
  }

  @Test(arguments: [(0, 30), (29, 30), (120, 120), (86400, 3600)])
  func `the provider's wish counts within limits`(wish: Int, pause: Int) {
    let now = MonotonicInstant(nanoseconds: 0)
    var schedule = RefreshSchedule(at: now)
    schedule.succeeded(at: now, freshness: .seconds(wish), chance: 0)
    #expect(schedule.due - now == .seconds(pause))
    schedule.succeeded(at: now, freshness: .seconds(wish), chance: 0.999)
    #expect(schedule.due - now < .seconds(pause) && schedule.due - now > .seconds(pause) * 0.9)
  }

  @Test func `a file is read anew each time`() async throws {
    let folder = try TemporaryFolder()
    let text = (["keys": [Keys.p256.jwk()]] as JSONValue).text
    let path = try folder.write(text, to: "jwks.json")
    let load = KeySource.file(path).load
    #expect(try await load().body == Array(text.utf8))
    try folder.write("{}", to: "jwks.json")
    #expect(try await load().body == Array("{}".utf8))
    await #expect(throws: KeySetFault.self) { _ = try await KeySource.file(path + "x").load() }
    await #expect(throws: KeySetFault.self) { _ = try await KeySource.file(folder.path).load() }
    let large = String(repeating: " ", count: KeySource.maximumBytes + 1)
    try folder.write(large, to: "large.json")
    await #expect(throws: KeySetFault.self) {
      _ = try await KeySource.file(folder.path + "/large.json").load()
    }
  }
}
