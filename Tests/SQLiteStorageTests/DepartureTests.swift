import GatewayCore
import Storage
import Testing

@testable import SQLiteStorage

/// Goal: an operation leaves with the commit that stores it, and is found as sent after a crash.
/// Method: a lane that was given back, one acceptance, the file opened anew.
@Suite struct DepartureTests {
  @Test func `storing and marking as sent are one commit`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    let attempt = SendAttempt(at: noon + .seconds(1), body: 7)
    try await withOpen(path) { storage in
      let lease = try #require(try await storage.claimLane(heatPump, request))
      #expect(try await storage.releaseLane(lease))
      let commits = storage.statistics.commits
      let acceptance = try await storage.accept(
        operation(1), key: nil, lane: request,
        departing: Departure(attempt: attempt, lastFence: 1))
      guard case .accepted(let stored, .some) = acceptance else {
        Issue.record("\(acceptance)")
        return
      }
      #expect(stored.state == .sent)
      #expect(storage.statistics.commits - commits == 1)
    }
    try await withOpen(path) { storage in
      let open = try await storage.openOperations(of: heatPump)
      #expect(open.map(\.state) == [.sent])
      #expect(open.map(\.attempts) == [[attempt]])
    }
  }
}
