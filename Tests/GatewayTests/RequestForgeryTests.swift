import GatewayCore
import HeatPumpService
import TestSupport
import Testing

@testable import Gateway

/// Goal: whatever another site makes an operator's browser send changes nothing, also in rows that
/// do not exist yet.
/// Method: all rows of the listener's table with a good cookie: reads as another site's page sends
/// them, changes without what only pages of our own have.
@Suite struct RequestForgeryTests {
  private let admin = AdminFixture()

  /// What a change would show in.
  private struct Look: Equatable {
    var writeMode = ""
    var sessions = 0
    var logins: [Int] = []
    var upstreamRequests = 0
    var isDraining = false
    var warnings = 0
  }

  private func look() -> Look {
    let log = admin.gateway.log.text
    return Look(
      writeMode: admin.gateway.service.writeMode.rawValue, sessions: admin.login.sessions.count,
      logins: admin.login.counts.map(\.count),
      upstreamRequests: admin.gateway.transport.requests.count,
      isDraining: admin.state.isDraining.withLock { $0 },
      warnings: log.split(separator: "\n").filter { !$0.contains("debug") }.count)
  }

  private static func target(_ template: String) -> String {
    template.split(separator: "/", omittingEmptySubsequences: false)
      .map { $0 == "{name}" ? "acme" : $0.hasPrefix("{") ? "x" : String($0) }
      .joined(separator: "/")
  }

  private var changes: [Endpoint] { admin.endpoints.filter { $0.method != .get } }

  @Test func `no row that is read changes anything`() async {
    let cookie = await admin.cookie()
    let before = look()
    for endpoint in admin.endpoints where endpoint.method == .get {
      // A stream has no end to wait for.
      let isStream = endpoint.offers == [MediaType("text/event-stream")]
      for method in isStream ? [HTTPMethod.head] : [.get, .head] {
        let answer = await admin.send(
          method, Self.target(endpoint.template),
          [cookie, ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")])
        #expect([200, 404].contains(answer.status), "\(endpoint.id)")
        #expect(look() == before, "\(endpoint.id)")
      }
    }
    let readable = Set(admin.endpoints.filter { $0.method == .get }.map(\.template))
    for endpoint in changes where !readable.contains(endpoint.template) {
      let answer = await admin.send(.get, Self.target(endpoint.template), [cookie])
      #expect(answer.problem == "method-not-allowed", "\(endpoint.id)")
    }
    #expect(look() == before)
  }

  @Test func `no row that changes something does so for another site`() async {
    let cookie = await admin.cookie()
    let token = await admin.csrfToken(cookie)
    let proof = ("X-CSRF-Token", token)
    let before = look()
    #expect(changes.count >= 4)
    for endpoint in changes {
      let attempts: [[(String, String)]] = [
        [], [proof], [proof, ("Origin", "https://evil.example")],
        [proof, ("Sec-Fetch-Site", "cross-site")], [proof, ("Sec-Fetch-Site", "same-site")],
        [proof, AdminFixture.ownOrigin, ("Sec-Fetch-Site", "cross-site")],
      ]
      for headers in attempts {
        #expect(await status(endpoint, [cookie] + headers) == 403, "\(endpoint.id) \(headers)")
      }
      // Logging in is how one gets a token, and has none yet.
      if endpoint.id == "login" { continue }
      for headers in [[], [("X-CSRF-Token", token.lowercased())], [proof, proof]] {
        let sent = [cookie, AdminFixture.ownOrigin] + headers
        #expect(await status(endpoint, sent) == 403, "\(endpoint.id) \(headers)")
      }
    }
    #expect(look() == before)
  }

  private func status(_ endpoint: Endpoint, _ headers: [(String, String)]) async -> Int {
    let isForm = ["login", "logout"].contains(endpoint.id)
    return await admin.send(
      endpoint.method, Self.target(endpoint.template),
      headers + [isForm ? AdminFixture.form : plainJSON],
      body: isForm ? "key=\(AdminFixture.operatorKey)" : #"{"write_mode":"merge"}"#
    ).status
  }

  @Test func `our own pages may, and keys may without all that`() async {
    let path = "/admin/organisations/acme/write-mode"
    let cookie = await admin.cookie()
    let proof = ("X-CSRF-Token", await admin.csrfToken(cookie))
    let page = await admin.send(
      .post, path, [cookie, proof, plainJSON, ("Sec-Fetch-Site", "same-origin")],
      body: #"{"write_mode":"merge"}"#)
    #expect(page.status == 200 && admin.gateway.service.writeMode == .merge)
    let key = ("Authorization", "Bearer \(AdminFixture.operatorKey)")
    let program = await admin.send(
      .post, path, [key, plainJSON], body: #"{"write_mode":"sparse"}"#)
    #expect(program.status == 200 && admin.gateway.service.writeMode == .sparse)
  }

  @Test func `another session's token is of no use`() async {
    let (mine, other) = (await admin.cookie(), await admin.cookie())
    let proof = ("X-CSRF-Token", await admin.csrfToken(other))
    let answer = await admin.send(
      .post, "/admin/organisations/acme/write-mode",
      [mine, proof, plainJSON, AdminFixture.ownOrigin], body: #"{"write_mode":"merge"}"#)
    #expect(answer.problem == "forbidden" && admin.gateway.service.writeMode == .sparse)
  }
}
