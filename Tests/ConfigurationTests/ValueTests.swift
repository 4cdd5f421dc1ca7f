import Configuration
import GatewayCore
import Testing

/// Goal: addresses, ranges, hashes and URLs are read exactly.
/// Method: tables.
@Suite struct ValueTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
    ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("::ffff:10.0.0.1", "10.0.0.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
  ])
  func `an address is read and written in its shortest form`(text: String, expected: String) {
    #expect(InternetAddress(text)?.description == expected)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.+4", "1.2.3.٤", ":", ":::", "1::2::3",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "g::", "12345::", "::1.2.3", "[::1]",
    "fe80::1%eth0", "1.2.3.4::", "localhost",
  ])
  func `what is no address is refused`(text: String) {
    #expect(InternetAddress(text) == nil)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
    ("10.0.0.5/32", "10.0.0.5", true), ("10.0.0.5", "10.0.0.6", false),
    ("0.0.0.0/0", "255.1.2.3", true), ("0.0.0.0/0", "::1", false),
    ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
    ("2001:db8::8000:0:0:0/65", "2001:db8::ffff:0:0:1", true),
    ("2001:db8::8000:0:0:0/65", "2001:db8::7fff:0:0:1", false),
    ("::/0", "10.0.0.1", false), ("::1/128", "::1", true), ("::1/128", "::2", false),
    ("10.0.0.0/8", "::ffff:10.1.1.1", true),
  ])
  func `a range contains its addresses and no others`(
    range: String, address: String, contained: Bool
  ) throws {
    let range = try #require(AddressRange(range))
    let address = try #require(InternetAddress(address))
    #expect(range.contains(address) == contained)
  }

  @Test(arguments: [
    "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/+8", "::/129", "/8", "a/8",
  ])
  func `what is no range is refused`(text: String) {
    #expect(AddressRange(text) == nil)
  }

  @Test func `a hash has one spelling and gives its bytes back`() throws {
    let text = (0..<32).map { ["00", "1f", "a0", "ff"][$0 % 4] }.joined()
    let hash = try #require(KeyHash(hexadecimal: text))
    #expect(hash.bytes == (0..<32).map { [0x00, 0x1F, 0xA0, 0xFF][$0 % 4] })
    #expect(KeyHash(bytes: hash.bytes) == hash)
    for place in 0..<32 {
      var bytes = hash.bytes
      bytes[place] ^= 1
      #expect(KeyHash(bytes: bytes) != hash)
    }
    #expect(KeyHash(hexadecimal: text.uppercased()) == nil)
    #expect(KeyHash(hexadecimal: String(text.dropLast())) == nil)
    #expect(KeyHash(bytes: [1, 2, 3]) == nil)
  }

  @Test func `a URL is taken apart`() throws {
    let url = try EndpointURL("https://API.example.com:8443/v2")
    #expect(url.host == "api.example.com" && url.isSecure && !url.isLoopback)
    #expect(url.text == "https://API.example.com:8443/v2")
    #expect(url.directory == "https://API.example.com:8443/v2/")
    #expect(try EndpointURL("http://[::1]:80").text == "http://[::1]:80/")
    #expect(try EndpointURL("http://[::1]:80").isLoopback)
    #expect(!(try EndpointURL("http://localhost.example.com").isLoopback))
  }

  @Test(arguments: [
    ("HTTPS://a/", EndpointURL.Fault.scheme), ("//a/", .scheme), ("https://", .host),
    ("https://-a/", .host), ("https://[::1/", .host), ("https://[a]/", .host),
    ("https://[::1]x/", .host), ("https://a..b/", .host), ("https://a:/", .port),
    ("https://a:0/", .port), ("https://a:x/", .port), ("https://a:b@c/", .userInformation),
    ("https://a/%zz", .character), ("https://a/é", .character), ("https://a/\"", .character),
    ("https://a\\@b/", .character), ("https://a?x", .queryOrFragment),
  ])
  func `what is no endpoint is refused with the reason`(text: String, fault: EndpointURL.Fault) {
    #expect(throws: fault) { try EndpointURL(text) }
  }
}
