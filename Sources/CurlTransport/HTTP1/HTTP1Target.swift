internal import GatewayCore

/// Where a plain `http` URL leads, if it has the usual form.
///
/// Whatever is unusual (a user's name, a fragment, a scheme in capitals) is libcurl's to read.
struct HTTP1Target {
  /// The bytes of the URL up to the path: scheme, host and port.
  let origin: Range<Int>
  /// The host and a port that is not the scheme's own, as `Host` says them.
  let host: Range<Int>
  /// Path and query; empty for `/`.
  let path: Range<Int>

  /// Reads a URL; `nil` if it has another form.
  init?(_ url: Span<UInt8>) {
    let scheme = "http://".utf8.span
    guard url.count > scheme.count else { return nil }
    for index in scheme.indices where url[index] != scheme[index] { return nil }
    var end = scheme.count
    while end < url.count, HTTP1Target.isHost(url[end]) { end += 1 }
    guard end > scheme.count, end == url.count || url[end] == UInt8(ascii: "/") else { return nil }
    for index in end..<url.count where url[index] == UInt8(ascii: "#") { return nil }
    origin = 0..<end
    let hasOwnPort =
      end - scheme.count > 3 && url[end - 3] == UInt8(ascii: ":")
      && url[end - 2] == UInt8(ascii: "8") && url[end - 1] == UInt8(ascii: "0")
    host = scheme.count..<(hasOwnPort ? end - 3 : end)
    path = end..<url.count
  }

  // Letters, digits and what else stands in names, addresses and ports.
  private static func isHost(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
