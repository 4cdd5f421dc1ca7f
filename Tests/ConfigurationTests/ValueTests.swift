import Configuration
import GatewayCore
import Testing

/// Goal: hashes and URLs are read exactly.
/// Method: tables.
@Suite struct ValueTests {
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
