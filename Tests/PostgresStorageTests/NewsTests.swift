import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage
@testable import StorageConformance

/// Goal: what one gateway does is heard by the others and not by itself, and what could not be heard
/// is known to be missing.
/// Method: two storages on one schema; one acts, both listen.
@Suite struct NewsTests {
  @Test(arguments: [
    SharedNews.events, .queued(Samples.id(2, 1)), .writing(Samples.id(2, 1)),
    .written(Samples.id(2, 1)), .ended(Samples.id(3, 1)), .token, .listening, .members, .missed,
  ])
  func `news come through as they went`(news: SharedNews) {
    let line = NewsLine(news, from: "1a2b")
    #expect(NewsLine(line.text) == line)
    #expect(NewsLine.answer(in: line.text) == nil)
  }

  @Test(arguments: ["", "x", "x later", "x written", "x written nobody"])
  func `what is not understood may be anything`(text: String) {
    #expect(NewsLine(text).news == .missed)
  }

  @Test func `a write is heard of before it is sent and when it is over, by others only`()
    async throws
  {
    try await withTwo { first, second, heard in
      let heatPump = Samples.heatPump()
      let lease = try #require(
        try await first.accept(Samples.operation(1), key: nil, lane: Samples.request(1)).lease)
      try await first.markSent([Samples.id(3, 1)], Samples.attempt(1), lease: lease)
      try await eventually("the beginning") { heard(1).contains(.writing(heatPump.id)) }
      // Another gateway's operation in the lane that is held here.
      _ = try await second.accept(Samples.operation(2), key: nil, lane: Samples.request(2))
      try await eventually("what is queued") { heard(0).contains(.queued(heatPump.id)) }
      try await first.conclude(
        [Conclusion(operationID: Samples.id(3, 1), state: .accepted)], at: Samples.time(2),
        lease: lease, audit: [], events: [Samples.happening(1)])
      try await eventually("the end") {
        heard(1).isSuperset(of: [.written(heatPump.id), .ended(Samples.id(3, 1)), .events])
      }
      #expect(!heard(0).contains(.written(heatPump.id)) && !heard(0).contains(.events))
      #expect(!heard(1).contains(.queued(heatPump.id)))
    }
  }

  @Test func `an update is not sent before the others have heard of it`() async throws {
    try await withTwo { first, second, heard in
      let (one, two) = (Samples.request(1), Samples.request(2))
      for (storage, owner) in [(first, one.owner), (second, two.owner), (first, one.owner)] {
        _ = try await storage.meet(owner, silentAfter: .seconds(60), deadAfter: .seconds(60))
      }
      for number in 1...20 {
        let heatPump = Samples.heatPump(number)
        let lease = try #require(
          try await first.accept(
            Samples.operation(number, on: heatPump), key: nil, lane: Samples.request(1)
          ).lease)
        try await first.markSent([Samples.id(3, number)], Samples.attempt(1), lease: lease)
        #expect(heard(1).contains(.writing(heatPump.id)))
      }
    }
  }

  @Test func `nobody waits long for one that hears nothing`() async throws {
    let settings = try await freshSettings()
    let (first, deaf) = (
      try await PostgresStorage.open(settings), try await PostgresStorage.open(settings)
    )
    await first.follow { _ in }
    for (storage, owner) in [(deaf, Samples.id(4, 2)), (first, Samples.id(4, 1))] {
      _ = try await storage.meet(owner, silentAfter: .seconds(60), deadAfter: .seconds(60))
    }
    let lease = try #require(
      try await first.accept(Samples.operation(1), key: nil, lane: Samples.request(1)).lease)
    let clock = SystemClock()
    let start = clock.monotonic
    try await first.markSent([Samples.id(3, 1)], Samples.attempt(1), lease: lease)
    #expect(clock.monotonic - start < .seconds(30))
    await first.close()
    await deaf.close()
  }

  @Test func `tokens, members and listeners are heard of`() async throws {
    try await withTwo { first, _, heard in
      let one = Samples.id(4, 1)
      _ = try await first.meet(one, silentAfter: .seconds(60), deadAfter: .seconds(60))
      try await eventually("a member") { heard(1).contains(.members) }
      let answer = try await first.token(
        of: Samples.place, newerThan: 0, for: one, turnTime: .seconds(60))
      guard case .turn(let turn) = answer else {
        Issue.record("no turn")
        return
      }
      _ = try await first.keepToken(Samples.token, in: turn)
      try await eventually("a token") { heard(1).contains(.token) }
      try await first.setListening([Samples.id(1, 1)], to: "north", at: one)
      try await eventually("a listener") { heard(1).contains(.listening) }
    }
  }

  @Test func `a line that was cut is made anew, and begins with what may have been missed`()
    async throws
  {
    let server = try await PostgresServer()
    let storage = try await PostgresStorage.open(freshSettings(on: server))
    let count = Locked(0)
    await storage.follow { news in
      if news == .missed { count.withLock { $0 += 1 } }
    }
    try await eventually("a line") { count.withLock { $0 } == 1 }
    try await server.stop()
    try await server.start()
    try await eventually("another line", within: .seconds(30)) { count.withLock { $0 } == 2 }
    await storage.close()
    try await server.stop()
  }

  private func withTwo(
    _ body: (PostgresStorage, PostgresStorage, @escaping @Sendable (Int) -> Set<SharedNews>)
      async throws -> Void
  ) async throws {
    let settings = try await freshSettings()
    let storages = [
      try await PostgresStorage.open(settings), try await PostgresStorage.open(settings),
    ]
    let heard = Locked<[Set<SharedNews>]>([[], []])
    for (index, storage) in storages.enumerated() {
      await storage.follow { news in heard.withLock { _ = $0[index].insert(news) } }
    }
    try await eventually("two lines") { heard.withLock { $0 } == [[.missed], [.missed]] }
    try await body(storages[0], storages[1]) { index in heard.withLock { $0[index] } }
    for storage in storages { await storage.close() }
  }
}
