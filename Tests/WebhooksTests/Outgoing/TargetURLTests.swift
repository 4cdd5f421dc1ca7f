import GatewayCore
import Testing
import Webhooks

/// Goal: a target's URL reads the same to us as to everybody, or is refused.
/// Method: tables of plain and of tricky spellings.
@Suite struct TargetURLTests {
  @Test(arguments: [
    ("https://Hooks.Example.com/a?b=c", TargetURL.Host.name("hooks.example.com"), 443, true),
    ("HTTP://hooks.example.com.:8080", .name("hooks.example.com"), 8080, false),
    ("http://xn--bcher-kva.example?x", .name("xn--bcher-kva.example"), 80, false),
    ("https://h/p:a/%zz@x", .name("h"), 443, true),
    ("https://1.example.com/", .name("1.example.com"), 443, true),
  ])
  func `a name is taken from the URL`(
    text: String, host: TargetURL.Host, port: UInt16, isSecure: Bool
  ) throws {
    let url = try TargetURL(text)
    #expect(url.host == host && url.port == port && url.isSecure == isSecure && url.text == text)
  }

  @Test(arguments: [
    ("http://10.0.0.1:1/", "10.0.0.1", 1), ("http://[2001:db8::1]/", "2001:db8::1", 80),
    ("https://[::ffff:10.0.0.1]:65535", "10.0.0.1", 65535),
  ])
  func `an address is taken from the URL`(text: String, address: String, port: UInt16) throws {
    let url = try TargetURL(text)
    #expect(try url.host == .address(#require(InternetAddress(address))) && url.port == port)
  }

  @Test(arguments: [
    ("", TargetRefusal.scheme), ("hooks.example.com", .scheme), ("ftp://h/", .scheme),
    ("file:///etc/passwd", .scheme), ("gopher://h/", .scheme), ("http:h", .scheme),
    ("http:/h/", .scheme), ("//h/", .scheme), ("https", .scheme),
    ("http://", .host), ("http:///h", .host), ("http://?h", .host), ("http://.h/", .host),
    ("http://a..b/", .host), ("http://h../", .host), ("http://./", .host),
    ("http://%31%32/", .host), ("http://a%2eb/", .host), ("http://a,b/", .host),
    ("http://127.1/", .host), ("http://2130706433/", .host), ("http://0x7f000001/", .host),
    ("http://0x7f.1/", .host), ("http://127.0.0.0x1/", .host), ("http://0177.0.0.1/", .host),
    ("http://1.2.3.4./", .host), ("http://1.2.3.256/", .host), ("http://a.0X1/", .host),
    ("http://[::1/", .host), ("http://[1.2.3.4]/", .host), ("http://[fe80::1%25eth0]/", .host),
    ("http://[::1]x/", .host), ("http://[]/", .host), ("http://::1/", .host),
    ("http://h:/", .port), ("http://h:0/", .port), ("http://h:65536/", .port),
    ("http://h:+80/", .port), ("http://h:80:80/", .port), ("http://[::1]:x/", .port),
    ("http://u@h/", .userInformation), ("http://u:p@h/", .userInformation),
    ("http://h@/", .userInformation), ("http://h/#", .fragment), ("http://h#@evil/", .fragment),
    ("http://h /", .character), ("http://h/\r\nX: y", .character), ("http://h\\@evil/", .character),
    ("http://bücher.example/", .character), ("http://h/\u{7F}", .character),
    ("http://h/{}", .character), ("http://①②⑦.0.0.1/", .character), ("\thttp://h/", .character),
  ])
  func `any other spelling is refused with the reason`(text: String, refusal: TargetRefusal) {
    #expect(throws: refusal) { try TargetURL(text) }
  }

  @Test func `a URL has a greatest length`() throws {
    let start = "https://hooks.example.com/"
    let room = TargetURL.maximumBytes - start.utf8.count
    _ = try TargetURL(start + String(repeating: "a", count: room))
    #expect(throws: TargetRefusal.length) {
      try TargetURL(start + String(repeating: "a", count: room + 1))
    }
  }
}
