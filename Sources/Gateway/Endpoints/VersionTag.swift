import GatewayCore

/// The `ETag` of what is counted in versions.
enum VersionTag {
  /// The tag of a version.
  static func header(_ version: Int64) -> HTTPResponse.Header { .init("ETag", "\"\(version)\"") }

  /// The version that `If-Match` names (RFC 9110, section 13.1.1); `nil` if any will do. A tag that
  /// is none of ours gives a version that there never is.
  static func required(_ request: HTTPRequest) -> Int64? {
    guard request.count(of: .ifMatch) > 0, let header = request[.ifMatch], header != "*" else {
      return nil
    }
    guard header.count > 2, header.hasPrefix("\""), header.hasSuffix("\""),
      let number = wholeNumber(String(header.dropFirst().dropLast()))
    else { return -1 }
    return Int64(number)
  }
}
