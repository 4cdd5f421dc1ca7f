import GatewayCore
import Testing

@testable import Gateway

/// Goal: the log names the client behind the proxies, and no client chooses its name.
/// Method: peers and headers, and the address that they must give.
@Suite struct ClientAddressTests {
  private static let proxies = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"].compactMap {
    AddressRange($0)
  }

  private func address(
    from peer: String, _ headers: [String], _ proxies: [AddressRange] = proxies
  ) -> String {
    ClientAddress(trustedProxies: proxies).of(
      HTTPRequest(
        method: .get, target: "/", headers: headers.map { ("X-Forwarded-For", $0) }, peer: peer))
  }

  @Test(arguments: [
    (["198.51.100.7"], "198.51.100.7"),
    // What the client wrote itself stands on the left.
    (["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
    (["10.9.9.9, 198.51.100.7"], "198.51.100.7"),
    (["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
    (["198.51.100.7, 10.2.3.4"], "198.51.100.7"),
    (["198.51.100.7,10.2.3.4 ,\t192.0.2.1"], "198.51.100.7"),
    (["10.3.3.3, 10.2.3.4"], "10.3.3.3"),
    (["2001:DB9:0::1"], "2001:db9::1"), (["::ffff:198.51.100.7"], "198.51.100.7"),
    (["198.51.100.7:4711"], "198.51.100.7"), (["[2001:db9::1]:4711"], "2001:db9::1"),
    (["[2001:db9::1]"], "2001:db9::1"), (["198.51.100.7, 2001:db8::5"], "198.51.100.7"),
  ])
  func `the first address that no proxy is`(headers: [String], expected: String) {
    #expect(address(from: "10.0.0.1", headers) == expected)
    #expect(address(from: "::ffff:10.0.0.1", headers) == expected)
  }

  @Test(arguments: [
    [], [""], [" "], [","], ["198.51.100.7,"], ["unknown"], ["198.51.100.256"], ["_hidden"],
    ["198.51.100.7 198.51.100.8"], ["198.51.100.7:"], ["198.51.100.7:port"], ["[198.51.100.7]"],
    ["[2001:db9::1"], ["2001:db9::1]"], ["[2001:db9::1]x"], ["198.51.100.7;for=x"], ["\u{fc}"],
    [String(repeating: ",", count: 5000)],
  ])
  func `a header that cannot be read is none`(headers: [String]) {
    #expect(address(from: "10.0.0.1", headers) == "10.0.0.1")
  }

  @Test func `an entry that cannot be read ends the reading at who added it`() {
    #expect(address(from: "10.0.0.1", ["198.51.100.7, nonsense, 10.2.3.4"]) == "10.2.3.4")
  }

  @Test func `nobody else is believed`() {
    for peer in ["198.51.100.9", "192.0.2.2", "2001:db9::1", "unknown"] {
      #expect(address(from: peer, ["198.51.100.7"]) == peer)
    }
    #expect(address(from: "10.0.0.1", ["198.51.100.7"], []) == "10.0.0.1")
  }
}
