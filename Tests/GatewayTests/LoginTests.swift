import GatewayCore
import TestSupport
import Testing

@testable import Gateway

/// Goal: an operator's browser gets in with a key, stays for a limited time, and gets out; nobody
/// else gets in.
/// Method: the listener's handler, cookies carried by hand, the clock moved by hand.
@Suite struct LoginTests {
  private let admin = AdminFixture()

  @Test func `a key lets a browser in, and the cookie opens what the key opens`() async {
    #expect(await admin.send(.get, "/")["Location"] == "/login")
    let answer = await admin.logIn()
    #expect(answer.status == 303 && answer["Location"] == "/console")
    let attributes = answer["Set-Cookie"]?.split(separator: ";").dropFirst().joined(separator: ";")
    #expect(attributes == " Path=/; HttpOnly; SameSite=Strict")
    let cookie = await admin.cookie()
    // 256 bits in base64url.
    #expect(cookie.1.utf8.count == "podero_gateway=".utf8.count + 43)
    let home = await admin.send(.get, "/", [cookie])
    #expect(home.status == 200)
    for part in ["href=\"/metrics\"", "href=\"/admin/status\"", "<dt>write mode</dt>", "operator"] {
      #expect(home.text.contains(part), "\(part)")
    }
    #expect(await admin.send(.get, "/admin/status", [cookie]).status == 200)
    #expect(await admin.send(.get, "/metrics", [cookie]).status == 200)
  }

  @Test func `a collector's key opens no more in a browser than elsewhere`() async {
    let cookie = await admin.cookie(AdminFixture.metricsKey)
    #expect(await admin.send(.get, "/metrics", [cookie]).status == 200)
    #expect(await admin.send(.get, "/admin/status", [cookie]).problem == "forbidden")
    let home = await admin.send(.get, "/", [cookie]).text
    #expect(home.contains("/metrics") && !home.contains("/admin/status"))
    #expect(!home.contains("write mode"))
  }

  @Test func `over https the cookie is for https, and for this host alone`() async throws {
    let answer = await admin.logIn(
      AdminFixture.operatorKey, [("Origin", "https://gateway.example:8081")])
    let set = try #require(answer["Set-Cookie"])
    #expect(set.hasPrefix("__Host-podero_gateway="))
    #expect(set.hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Secure"))
    let value = set.prefix { $0 != ";" }
    #expect(await admin.send(.get, "/metrics", [("Cookie", "\(value)")]).status == 200)
    // Who can only plant cookies without TLS cannot bring a session in that was made with it.
    let plain = value.dropFirst("__Host-".count)
    #expect(await admin.send(.get, "/metrics", [("Cookie", "\(plain)")]).status == 401)
    for both in ["\(value); \(value)", "\(value)x; \(plain)", "\(plain); \(value); \(value)"] {
      #expect(await admin.send(.get, "/metrics", [("Cookie", both)]).status == 401)
    }
  }

  @Test func `a page for people runs and loads nothing, and nobody may frame it`() async {
    let cookie = await admin.cookie()
    for page in [await admin.send(.get, "/login"), await admin.send(.get, "/", [cookie])] {
      let policy = page["Content-Security-Policy"] ?? ""
      #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
      #expect(policy.hasSuffix("form-action 'self'; base-uri 'none'; frame-ancestors 'none'"))
      #expect(page["Cache-Control"] == "no-store" && page["X-Content-Type-Options"] == "nosniff")
      // Under "no-referrer" a browser sends "Origin: null" with the form.
      #expect(page["Referrer-Policy"] == "same-origin")
      #expect(!page.text.contains("<script") && !page.text.contains(" style="))
      #expect(page.text.contains("<html lang=\"en\">"))
    }
    #expect(await admin.send(.get, "/login").text.contains("<label for=\"key\">"))
  }

  @Test(arguments: ["pgw_wrong", "", "pgw_operator%00", "pgw_operator&key=pgw_operator"])
  func `no other key gets in, and none is logged`(key: String) async {
    let refused = await admin.logIn(key)
    #expect([401, 415].contains(refused.status) && refused["Set-Cookie"] == nil)
    #expect(refused.problem != nil)
    #expect(admin.login.sessions.count == 0)
    #expect(!admin.gateway.log.text.contains("pgw_"))
  }

  @Test func `people are told on the page, with the same status`() async {
    let browser = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
    let refused = await admin.logIn("pgw_wrong", [AdminFixture.ownOrigin, browser])
    #expect(refused.status == 401 && refused["WWW-Authenticate"] != nil)
    #expect(refused["Content-Type"] == "text/html; charset=utf-8")
    #expect(refused.text.contains("role=\"alert\"") && refused["X-Request-Id"] != nil)
    #expect(admin.gateway.log.text.contains("login refused"))
  }

  @Test(arguments: [
    [], [("Origin", "https://evil.example")], [("Origin", "null")],
    [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")],
    [AdminFixture.ownOrigin, ("Sec-Fetch-Site", "cross-site")],
  ])
  func `another site logs nobody in`(headers: [(String, String)]) async {
    let answer = await admin.logIn(AdminFixture.operatorKey, headers)
    #expect(answer.problem == "forbidden" && answer["Set-Cookie"] == nil)
  }

  @Test func `a session ends when it is not used, and some day in any case`() async {
    let clock = admin.gateway.clock
    let (used, unused) = (await admin.cookie(), await admin.cookie())
    // 29 minutes each time: used in time, until the twelve hours are over.
    for _ in 0..<24 {
      clock.advance(by: .seconds(29 * 60))
      #expect(await admin.send(.get, "/metrics", [used]).status == 200)
    }
    #expect(await admin.send(.get, "/metrics", [unused]).status == 401)
    clock.advance(by: .seconds(25 * 60))
    #expect(await admin.send(.get, "/metrics", [used]).status == 401)
  }

  @Test func `a session ends with its key, whether that expires or is taken away`() async {
    let (first, second) = (await admin.cookie(), await admin.cookie())
    let expired = AdminFixture.keys(operatorExpires: admin.gateway.clock.wall)
    #expect(await admin.send(.get, "/metrics", [first], keys: expired).status == 401)
    #expect(await admin.send(.get, "/metrics", [second], keys: KeyRing([])).status == 401)
    // It does not come back with the key.
    for cookie in [first, second] {
      #expect(await admin.send(.get, "/metrics", [cookie]).status == 401)
    }
  }

  @Test func `logging out ends the session, there and here`() async {
    let (cookie, other) = (await admin.cookie(), await admin.cookie())
    let token = await admin.csrfToken(cookie)
    let answer = await admin.send(
      .post, "/logout", [cookie, AdminFixture.form, AdminFixture.ownOrigin],
      body: "csrf_token=\(token)")
    #expect(answer.status == 303 && answer["Location"] == "/login")
    #expect(answer["Set-Cookie"]?.hasSuffix("SameSite=Strict; Max-Age=0") == true)
    #expect(await admin.send(.get, "/metrics", [cookie]).status == 401)
    #expect(await admin.send(.get, "/metrics", [other]).status == 200)
  }

  @Test func `logging in again ends the session before it`() async {
    let cookie = await admin.cookie()
    let answer = await admin.logIn(AdminFixture.operatorKey, [AdminFixture.ownOrigin, cookie])
    #expect(answer.status == 303)
    #expect(await admin.send(.get, "/metrics", [cookie]).status == 401)
    #expect(admin.login.sessions.count == 1)
  }

  @Test func `a key beside a cookie is what counts`() async {
    let cookie = await admin.cookie()
    let answer = await admin.send(.get, "/metrics", [cookie, ("X-API-Key", "pgw_wrong")])
    #expect(answer.problem == "unauthenticated")
  }

  @Test func `who tries too often has to wait, and others need not`() async {
    for _ in 0..<10 { #expect(await admin.logIn("pgw_wrong").status == 401) }
    let limited = await admin.logIn()
    #expect(limited.problem == "rate-limited" && limited["Retry-After"] == "6")
    #expect(await admin.logIn(peer: "192.0.2.2").status == 303)
    admin.gateway.clock.advance(by: .seconds(6))
    #expect(await admin.logIn().status == 303)
    #expect(admin.login.counts.map(\.count) == [2, 10, 1])
  }

  @Test func `many addresses together are limited, too`() async {
    var statuses: [Int] = []
    for index in 0..<60 { statuses.append(await admin.logIn(peer: "192.0.2.\(index)").status) }
    #expect(statuses.filter { $0 == 303 }.count == 50)
    #expect(statuses.suffix(10) == ArraySlice(repeating: 429, count: 10))
  }
}

/// Goal: what is kept of sessions and addresses has a bound, whoever asks for more.
/// Method: the two stores alone.
@Suite struct LoginBoundsTests {
  private let now = MonotonicInstant(nanoseconds: 0)

  @Test func `one more session of a key ends its oldest, and nobody else's`() {
    let sessions = AdminSessions(random: SeededRandom(seed: 1))
    let (mine, other) = (KeyDigest(hashing: "a".utf8.span), KeyDigest(hashing: "b".utf8.span))
    let others = sessions.begin(other, isSecure: false, at: now)
    let tokens = (0..<40).map {
      sessions.begin(mine, isSecure: false, at: now + .seconds($0 + 1))
    }
    #expect(sessions.count == AdminSessions.mostPerKey + 1)
    let later = now + .seconds(60)
    let good = tokens.filter { sessions.use($0, isSecure: false, at: later) != nil }
    #expect(good == tokens.suffix(AdminSessions.mostPerKey))
    #expect(sessions.use(others, isSecure: false, at: later) != nil)
  }

  @Test func `no two sessions share a token, of either kind`() {
    let sessions = AdminSessions(random: SeededRandom(seed: 1))
    let key = KeyDigest(hashing: "a".utf8.span)
    let tokens = (0..<10).map { _ in sessions.begin(key, isSecure: false, at: now) }
    let forms = tokens.compactMap { sessions.use($0, isSecure: false, at: now)?.csrfToken }
    #expect(Set(tokens + forms).count == 20)
  }

  @Test func `addresses beyond the limit count as one`() {
    let limiter = LoginLimiter(now: now)
    func take(_ index: Int, _ at: Double) -> Duration? {
      limiter.take("10.0.\(index / 256).\(index % 256)", at: now + .seconds(at))
    }
    for index in 0..<LoginLimiter.mostAddresses { _ = take(index, 0.01 * Double(index)) }
    // By then the limit of all together is out of the way, and none is forgotten yet.
    let refused = (2000..<2020).filter { take($0, 30) != nil }
    #expect(refused.count == 10)
    #expect(take(3000, 180) == nil)
  }

  @Test func `all addresses of an IPv6 network count as one`() {
    let limiter = LoginLimiter(now: now)
    let waits = (0..<11).map { limiter.take("2001:db8::\($0)", at: now) }
    #expect(waits.compactMap(\.self).count == 1)
    #expect(limiter.take("2001:db8:0:1::1", at: now) == nil)
  }
}
