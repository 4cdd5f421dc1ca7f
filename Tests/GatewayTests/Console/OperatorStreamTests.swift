import GatewayCore
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: open consoles are told the state and that there is something new, for as long as their
/// sessions last, and do not keep those alive.
/// Method: the listener's streams, a clock moved by hand.
@Suite(.timeLimit(.minutes(5 * testPatience))) struct OperatorStreamTests {
  private let admin = AdminFixture()
  private var board: OperatorBoard { admin.state.operators }

  private func open(_ headers: [(String, String)]) -> Disposition {
    admin.handler().handle(
      HTTPRequest(
        method: .get, target: "/admin/stream", headers: [AdminFixture.host] + headers,
        arrival: admin.gateway.clock.monotonic))
  }

  /// Runs `body` while consoles are told.
  private func telling(_ body: () async throws -> Void) async throws {
    let task = Task { [admin] in await admin.state.operators.run(admin.state) }
    do { try await body() } catch { Issue.record("\(error)") }
    task.cancel()
    await task.value
  }

  private func pass() async {
    await admin.gateway.clock.waitForSleepers()
    admin.gateway.clock.advance(by: OperatorBoard.interval)
    await admin.gateway.clock.waitForSleepers()
  }

  @Test func `a console hears of the state, and of news once`() async throws {
    let reader = try StreamReader(open([("X-API-Key", AdminFixture.operatorKey)]))
    #expect(await reader.next()?.retry == 3000)
    try await telling {
      await pass()
      let status = await reader.next()
      #expect(status?.event == "status" && status?.data?["cache"] != nil)
      let news = await reader.next()
      #expect(news?.event == "news" && news?.data?["organisations"]?["acme"]?["events"] == 0)
      await pass()
      #expect(await reader.next()?.event == "status")
      try await admin.storage.append(EventBatch(events: [EventSamples.change(1)]))
      await pass()
      #expect(await reader.next()?.event == "status")
      #expect(await reader.next()?.data?["organisations"]?["acme"]?["events"] == 1)
    }
    reader.leave()
    #expect(board.count == 0)
  }

  @Test func `a stream ends with its session, which it does not prolong`() async throws {
    let cookie = await admin.cookie()
    let reader = try StreamReader(open([cookie]))
    _ = await reader.next()
    try await telling {
      await pass()
      #expect(await reader.next()?.event == "status")
      #expect(await reader.next()?.event == "news")
      admin.gateway.clock.advance(by: .seconds(1801))
      await pass()
      var last = await reader.next()
      while last?.event == "status" { last = await reader.next() }
      #expect(last?.event == "end" && last?.data?["reason"] == "unauthenticated")
      #expect(await reader.next() == nil && reader.hasEnded)
    }
    #expect(board.count == 0)
  }

  @Test func `just so many are open`() throws {
    let key = ("X-API-Key", AdminFixture.operatorKey)
    let readers = try (0..<OperatorBoard.most).map { _ in try StreamReader(open([key])) }
    guard case .respond(let refused) = open([key]) else {
      Issue.record("it was opened")
      return
    }
    #expect(refused.problem == "too-many-streams")
    for reader in readers { reader.leave() }
    #expect(board.count == 0)
  }
}
