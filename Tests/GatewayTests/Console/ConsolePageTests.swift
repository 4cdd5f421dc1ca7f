import ConsoleAssets
import GatewayCore
import Testing

@testable import Gateway

/// Goal: the console is for operators who have logged in; it loads what is here, and nothing else.
/// Method: the listener's answers, and the files as text.
@Suite struct ConsolePageTests {
  private let admin = AdminFixture()

  @Test func `who is not logged in is sent to do so, and a collector is refused`() async {
    let stranger = await admin.send(.get, "/console")
    #expect(stranger.status == 303 && stranger["Location"] == "/login")
    let collector = await admin.cookie(AdminFixture.metricsKey)
    #expect(await admin.send(.get, "/console", [collector]).problem == "forbidden")
    let page = await admin.send(.get, "/console", [await admin.cookie()])
    #expect(page.status == 200 && page["Content-Type"] == "text/html; charset=utf-8")
    #expect(page.text.contains("<main id=\"main\""))
  }

  @Test func `each file says what it is, and what it may do`() async {
    for asset in ConsoleAsset.loaded {
      let answer = await admin.send(.get, "/console/\(asset.name)")
      #expect(answer.status == 200 && answer["Content-Type"] == asset.mediaType)
      let policy = answer["Content-Security-Policy"] ?? ""
      for part in [
        "default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
      ] {
        #expect(policy.contains(part), "\(asset.name): \(part)")
      }
      #expect(!policy.contains("unsafe"))
      #expect(answer["X-Content-Type-Options"] == "nosniff")
      #expect(answer["Referrer-Policy"] == "same-origin")
    }
    for missing in ["/console/index.html", "/console/nothing.js", "/console/..%2Fconsole.js"] {
      #expect(await admin.send(.get, missing).problem == "not-found")
    }
  }

  @Test func `a file that the browser has is not sent again`() async throws {
    let first = await admin.send(.get, "/console/console.css")
    let tag = try #require(first["ETag"])
    let again = await admin.send(.get, "/console/console.css", [("If-None-Match", tag)])
    #expect(again.status == 304 && again.body == [] && again["ETag"] == tag)
    #expect(again["Content-Security-Policy"] == first["Content-Security-Policy"])
    let other = await admin.send(.get, "/console/console.css", [("If-None-Match", "\"x\"")])
    #expect(other.status == 200)
  }

  @Test func `no file runs what is inline, writes markup, or names another place`() {
    for asset in [ConsoleAsset.shell] + ConsoleAsset.loaded {
      let text = String(decoding: asset.bytes, as: UTF8.self)
      for word in [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
        " style=", " onclick=", "localStorage", "https://",
      ] {
        #expect(!text.contains(word), "\(asset.name): \(word)")
      }
      let places = text.replacing("http://www.w3.org/2000/svg", with: "")
      #expect(!places.contains("http://"), "\(asset.name)")
      #expect(!text.contains("<script>") && !text.contains("<style"))
    }
  }

  @Test func `a session's token is told to the session, and to no key`() async {
    let cookie = await admin.cookie()
    let session = await admin.send(.get, "/admin/session", [cookie])
    #expect(session.json["csrf_token"]?.string == (await admin.csrfToken(cookie)))
    #expect(session.json["role"] == "operator" && session.json["idle_seconds"] == 1800)
    #expect(session.json["organisations"]?[0]?["name"] == "acme")
    #expect(session.json["organisations"]?[0]?["apps"] == ["portal"])
    #expect(session["Cache-Control"] == "no-store")
    let key = await admin.send(
      .get, "/admin/session", [("X-API-Key", AdminFixture.operatorKey)])
    #expect(key.json["csrf_token"] == .null && key.json["role"] == "operator")
  }
}
