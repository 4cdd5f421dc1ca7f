import GatewayCore
import Testing
import Webhooks

/// Goal: events go where the configuration says, and never where it must not be able to send them.
/// Method: policies against tables of URLs, names and addresses.
@Suite struct TargetPolicyTests {
  private func policy(allow: [String], deny: [String] = []) -> TargetPolicy {
    TargetPolicy(allow: allow.map(entry), deny: deny.map(entry))
  }

  private func entry(_ text: String) -> TargetPolicy.Entry {
    AddressRange(text).map { .range($0) } ?? .host(text)
  }

  private func refusal(_ policy: TargetPolicy, _ url: String) -> TargetRefusal? {
    do throws(TargetRefusal) {
      try policy.check(url: url)
      return nil
    } catch {
      return error
    }
  }

  private let everything = ["0.0.0.0/0", "::/0", "hooks.example.com"]

  @Test func `plain text stays within the own network`() throws {
    let range = try #require(AddressRange("0.0.0.0/0"))
    let policy = TargetPolicy(allow: [.range(range), .host("hooks.example.com")])
    let (inner, outer) = (
      try #require(InternetAddress("10.1.2.3")), try #require(InternetAddress("8.8.8.8"))
    )
    #expect(throws: TargetRefusal.insecure) { try policy.check(url: "http://8.8.8.8/") }
    #expect(throws: Never.self) { try policy.check(url: "https://8.8.8.8/") }
    let plain = try policy.check(url: "http://hooks.example.com/")
    #expect(policy.mayConnect(inner, for: plain))
    #expect(!policy.mayConnect(outer, for: plain))
    let secure = try policy.check(url: "https://hooks.example.com/")
    #expect(policy.mayConnect(outer, for: secure))
  }

  @Test func `without a list nothing is allowed`() throws {
    let policy = policy(allow: [])
    for url in ["https://hooks.example.com/", "http://8.8.8.8/", "http://[2600::1]/"] {
      #expect(refusal(policy, url) == .notAllowed)
    }
    let address = try #require(InternetAddress("8.8.8.8"))
    #expect(!policy.mayConnect(address, host: "8.8.8.8"))
    #expect(!policy.mayConnect(address, host: "hooks.example.com"))
  }

  @Test(arguments: [
    ("https://hooks.example.com/", nil), ("https://HOOKS.example.COM.:8443/x?y", nil),
    ("https://example.com/", TargetRefusal.notAllowed),
    ("https://a.hooks.example.com/", .notAllowed),
    ("https://hooks.example.com.evil.example/", .notAllowed),
    ("https://denied.example.com/", .denied), ("https://Denied.example.com./", .denied),
    ("http://10.1.2.3/", nil), ("http://11.0.0.1/", .notAllowed), ("http://10.66.0.1/", .denied),
    ("http://[::ffff:10.1.2.3]/", nil), ("http://[64:ff9b::10.1.2.3]/", nil),
    ("http://[64:ff9b::10.66.0.1]/", .denied), ("http://[64:ff9b::11.0.0.1]/", .notAllowed),
    ("http://[fd12::1]/", nil), ("http://[fd13::1]/", .notAllowed),
    ("http://169.254.169.254/", .forbiddenAddress), ("http://[::]/", .forbiddenAddress),
    ("http://localhost/", .notAllowed), ("https://u@hooks.example.com/", .userInformation),
  ])
  func `a URL is checked by what is written`(url: String, expected: TargetRefusal?) {
    let policy = policy(
      allow: ["10.0.0.0/8", "fd12::/16", "Hooks.example.com.", "denied.example.com"],
      deny: ["10.66.0.0/16", "Denied.example.com"])
    #expect(refusal(policy, url) == expected)
  }

  @Test(arguments: [
    "169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "fec0::1", "fd00:ec2::254",
    "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0", "0.1.2.3", "::",
    "224.0.0.1", "239.255.255.250", "ff02::1", "240.0.0.1", "255.255.255.255", "100::1",
    "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:255.255.255.255",
    "64:ff9b::169.254.169.254", "64:ff9b::0.0.0.0", "64:ff9b:1::8.8.8.8", "::8.8.8.8", "::10.0.0.1",
    "::2", "2002:a00:1::", "2002:808:808::1", "2001:0:808:808::1",
  ])
  func `some addresses are never connected to`(text: String) throws {
    let policy = policy(allow: everything + [text])
    let address = try #require(InternetAddress(text))
    #expect(!policy.mayConnect(address, host: text))
    #expect(!policy.mayConnect(address, host: "hooks.example.com"))
    #expect(
      refusal(policy, "http://\(text.contains(":") ? "[\(text)]" : text)/") == .forbiddenAddress)
  }

  @Test(arguments: [
    "127.0.0.1", "127.255.255.254", "::1", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1", "fc00::1", "fdff::1", "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1",
    "192.0.0.8", "192.88.99.1", "2001:db8::1", "2001:2::1", "3fff::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "4000::1", "5f00::1",
  ])
  func `an inner address needs its range to be listed, also for a name`(text: String) throws {
    let address = try #require(InternetAddress(text))
    let nameOnly = policy(allow: ["hooks.example.com", "100.127.0.0/16"])
    #expect(!nameOnly.mayConnect(address, host: "hooks.example.com"))
    #expect(!nameOnly.mayConnect(address, host: text))
    let listed = policy(allow: everything)
    #expect(listed.mayConnect(address, host: "hooks.example.com"))
    #expect(listed.mayConnect(address, host: text))
    #expect(!listed.mayConnect(address, host: "other.example.com"))
  }

  @Test(arguments: [
    "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "198.20.0.1",
    "2600::1", "2001:4860:4860::8888", "2a00::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8",
    "169.253.0.1", "223.255.255.255", "1.0.0.1",
  ])
  func `a listed name may have any address of the open internet`(text: String) throws {
    let address = try #require(InternetAddress(text))
    let policy = policy(allow: ["hooks.example.com"])
    #expect(policy.mayConnect(address, host: "hooks.example.com"))
    #expect(policy.mayConnect(address, host: "HOOKS.example.com."))
    #expect(!policy.mayConnect(address, host: "other.example.com"))
    #expect(!policy.mayConnect(address, host: text))
  }

  @Test func `a refused range holds for names too`() throws {
    let policy = policy(allow: everything, deny: ["8.8.8.0/24", "64:ff9b::/96", "2600::/16"])
    for (text, isAllowed) in [
      ("8.8.8.8", false), ("8.8.9.8", true), ("64:ff9b::8.8.9.8", false), ("2600::1", false),
      ("2601::1", true),
    ] {
      let address = try #require(InternetAddress(text))
      #expect(policy.mayConnect(address, host: "hooks.example.com") == isAllowed, "\(text)")
      #expect(policy.mayConnect(address, host: text) == isAllowed, "\(text)")
    }
  }

  @Test func `an address stands for itself alone`() throws {
    let policy = policy(allow: everything)
    let address = try #require(InternetAddress("8.8.8.8"))
    #expect(!policy.mayConnect(address, host: "8.8.4.4"))
    #expect(!policy.mayConnect(address, host: ""))
    #expect(try policy.mayConnect(address, host: policy.check(url: "https://8.8.8.8/").host))
  }

  @Test func `the list of NAT64's own range opens nothing`() throws {
    let policy = policy(allow: ["64:ff9b::/96"])
    let address = try #require(InternetAddress("64:ff9b::10.0.0.1"))
    #expect(!policy.mayConnect(address, host: "64:ff9b::10.0.0.1"))
  }
}
