import GatewayCore
import Testing

@testable import Gateway

/// Goal: a target is split before it is decoded, so that nothing encoded can move a border.
/// Method: targets and the segments that they must give.
@Suite struct RequestPathTests {
  @Test(arguments: [
    ("/", [""]), ("/v1/heat-pumps", ["v1", "heat-pumps"]),
    ("/v1/a%2Fb?x=/y", ["v1", "a%2Fb"]), ("/v1//x", ["v1", "", "x"]), ("/v1/", ["v1", ""]),
  ])
  func `segments are split on plain slashes only`(target: String, expected: [String]) {
    let bytes = Array(target.utf8)
    let path = RequestPath(bytes.span)
    let segments = path.map { path in
      (0..<path.count).map { String(decoding: bytes[path.segment($0)], as: UTF8.self) }
    }
    #expect(segments == expected)
  }

  @Test(arguments: ["", "v1", "*", "http://x/", "/1/2/3/4/5/6/7/8/9"])
  func `what is no origin form or too deep is refused`(target: String) {
    let bytes = Array(target.utf8)
    let path = RequestPath(bytes.span)
    #expect(path == nil)
  }

  @Test(arguments: [
    ("a%20b", "a b"), ("%C3%BC", "ü"), ("%2F", "/"), ("%00", nil), ("%0A", nil), ("%GG", nil),
    ("%", nil), ("%FF", nil),
  ])
  func `percent-encoding is resolved once, without controls`(text: String, expected: String?) {
    let decoded = percentDecoded(text.utf8.span)
    #expect(decoded == expected)
  }
}
