import TestSupport
import Testing

/// Goal: the search that every gateway of these tests is put to would find a leak.
/// Method: files that hold a secret, between bytes of all kinds.
@Suite struct LeakSearchTests {
  private let folder: TemporaryFolder
  private let search: LeakSearch

  init() throws {
    folder = try TemporaryFolder()
    var setup = GatewaySetup(origin: "http://127.0.0.1:1")
    setup.addHooks()
    search = LeakSearch(setup)
  }

  @Test(arguments: [
    "demo-secret", "ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=", "a-secret-of-the-house",
    "unguessable-0123456789", "pgw_test-portal", "SimulatedTokenAbC123", "whsec_abc",
  ])
  func `what is written down is searched for`(_ secret: String) async throws {
    let log = try folder.write("\0\u{1}\n{\"message\":\"it was \(secret), no?\"}\n", to: "log")
    let found = try await search.leaks(inKept: [log], told: folder.write("", to: "answers"))
    #expect(found.count == 1)
    #expect(found.allSatisfy { $0.hasSuffix(" in \(log)") && !$0.contains(secret) })
  }

  @Test func `what is told is searched for, and may hold a subscription's new secret`()
    async throws
  {
    let log = try folder.write("{\"message\":\"listening\",\"id\":\"demo-client\"}", to: "log")
    let answers = try folder.write("{\"secret\":\"whsec_abc\"} demo-secret", to: "answers")
    let found = try await search.leaks(inKept: [log, "/nowhere"], told: answers)
    #expect(found == ["the variable CLIENT_SECRET in \(answers)"])
  }
}
