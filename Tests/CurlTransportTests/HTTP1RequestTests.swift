import GatewayCore
import TestSupport
import Testing

@testable import CurlTransport

/// Goal: what the transport reads in a URL is what its server will read, and the rest is left to
/// libcurl.
/// Method: the pure pieces, case by case.
@Suite struct HTTP1RequestTests {
  private func target(_ url: String) -> (origin: String, host: String, path: String)? {
    let bytes = Array(url.utf8)
    return HTTP1Target(bytes.span).map { target in
      func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
      return (text(target.origin), text(target.host), text(target.path))
    }
  }

  @Test(arguments: [
    ("http://h", "http://h", "h", ""), ("http://h/", "http://h", "h", "/"),
    ("http://h:8080/a?b=c", "http://h:8080", "h:8080", "/a?b=c"),
    ("http://h:80/a", "http://h:80", "h", "/a"), ("http://h:180/", "http://h:180", "h:180", "/"),
    ("http://[::1]:80/", "http://[::1]:80", "[::1]", "/"),
    ("http://127.1/%2F//../x", "http://127.1", "127.1", "/%2F//../x"),
  ])
  func `a plain URL has an origin, a host and a path`(
    url: String, origin: String, host: String, path: String
  ) throws {
    let found = try #require(target(url))
    #expect(found.origin == origin)
    #expect(found.host == host)
    #expect(found.path == path)
  }

  @Test(arguments: [
    "https://h/", "HTTP://h/", "http://", "http:///a", "http://user@h/", "http://u:p@h/",
    "http://h?a", "http://h#a", "http://h/a#b", "http://h\\a", "http://h%41/", "http//h", "",
  ])
  func `an unusual URL is libcurl's to read`(url: String) {
    #expect(target(url) == nil)
  }

  @Test func `tokens are those of RFC 9110 and nothing else`() {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    for byte in UInt8.min...UInt8.max {
      let letter = (0x41...0x5A).contains(byte & 0xDF) && byte < 0x80
      let digit = (0x30...0x39).contains(byte)
      #expect(HeaderSyntax.isToken(byte) == (letter || digit || marks.contains(byte)), "\(byte)")
      #expect(HeaderSyntax.isValue(byte) == (byte == 9 || byte >= 32 && byte != 127), "\(byte)")
    }
  }

  @Test func `a name is met in any case, and only whole`() {
    for name in ["accept", "Accept", "ACCEPT"] { #expect(isAccept(name)) }
    // The bit that tells letters' cases apart tells other characters apart, too.
    for name in ["accep", "accepts", "accep\u{54}x", "accep\u{14}", "\u{1}ccept"] {
      #expect(!isAccept(name))
    }
  }

  private func isAccept(_ name: String) -> Bool {
    HeaderSyntax.equals(name.utf8.span, "accept")
  }
}
