import GatewayCore
import TestSupport
import Testing

@testable import Gateway

/// Goal: no web page reaches the operators' listener, by whatever name or from whatever origin.
/// Method: a table of `Host` and `Origin` headers.
@Suite struct HostGuardTests {
  private let guarding = HostGuard(names: ["Gateway-Admin.internal"])

  private func verdict(
    _ method: HTTPMethod = .get, host: String?, origin: String? = nil
  ) -> ProblemType? {
    let headers =
      (host.map { [("Host", $0)] } ?? []) + (origin.map { [("Origin", $0)] } ?? [])
    do {
      try guarding.check(HTTPRequest(method: method, target: "/admin/status", headers: headers))
      return nil
    } catch {
      return error.type
    }
  }

  @Test(arguments: [
    "127.0.0.1", "127.0.0.1:8081", "[::1]:8081", "[::1]", "10.1.2.3:9", "localhost",
    "LOCALHOST:8081", "gateway-admin.internal", "gateway-admin.internal.:8081",
  ])
  func `its own names and addresses are answered`(host: String) {
    #expect(verdict(host: host) == nil)
  }

  @Test(arguments: [
    "evil.example", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example",
    "gateway-admin.internal.evil.example", "", "[::1", "0x7f.1", "2130706433",
  ])
  func `a foreign name is not`(host: String) {
    #expect(verdict(host: host) == .misdirectedRequest)
    #expect(verdict(.post, host: host) == .misdirectedRequest)
  }

  @Test func `a request without a name is not answered either`() {
    #expect(verdict(host: nil) == .misdirectedRequest)
  }

  @Test func `a page of another origin may read nothing new and change nothing`() {
    let own = "127.0.0.1:8081"
    #expect(verdict(.post, host: own, origin: "http://127.0.0.1:8081") == nil)
    #expect(verdict(.post, host: own) == nil)
    for origin in [
      "https://evil.example", "http://127.0.0.1:8080", "null", "", "http://127.0.0.1:8081.evil",
    ] {
      #expect(verdict(.post, host: own, origin: origin) == .forbidden, "\(origin)")
      #expect(verdict(.delete, host: own, origin: origin) == .forbidden, "\(origin)")
    }
  }
}
