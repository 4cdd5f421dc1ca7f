import GatewayCore

/// Finds the one key that a request presents.
enum Credential {
  /// Lends the key of `Authorization: Bearer KEY` or `X-API-Key: KEY`.
  ///
  /// - Parameter body: gets `nil` when there is none, when there are two, or when the scheme is
  ///   another one.
  @inline(__always)
  static func withKey<Result, Failure: Error>(
    of request: HTTPRequest, _ body: (Span<UInt8>?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try request.withHeader(.authorization) { authorization throws(Failure) in
      try request.withHeader(.xApiKey) { apiKey throws(Failure) in
        if let authorization {
          guard apiKey == nil, request.count(of: .authorization) == 1 else { return try body(nil) }
          guard let start = bearerKeyStart(authorization) else { return try body(nil) }
          return try body(authorization.extracting(start..<authorization.count))
        }
        guard let apiKey, !apiKey.isEmpty, request.count(of: .xApiKey) == 1 else {
          return try body(nil)
        }
        return try body(apiKey)
      }
    }
  }

  /// The hash of the key, which may be kept; `nil` where ``withKey(of:_:)`` lends none.
  static func digest(of request: HTTPRequest) -> KeyDigest? {
    withKey(of: request) { key in
      if let key { KeyDigest(hashing: key) } else { nil }
    }
  }

  /// Whether the request presents anything in the place of a key, good or bad.
  static func isThere(in request: HTTPRequest) -> Bool {
    request.count(of: .authorization) > 0 || request.count(of: .xApiKey) > 0
  }

  // RFC 9110, section 11.1: the scheme is compared without regard to case.
  private static func bearerKeyStart(_ value: Span<UInt8>) -> Int? {
    let scheme: StaticString = "bearer "
    guard value.count > scheme.utf8CodeUnitCount else { return nil }
    for index in 0..<6 where value[index] | 0x20 != scheme.utf8Start[index] { return nil }
    guard value[6] == UInt8(ascii: " ") else { return nil }
    var start = 7
    while start < value.count, value[start] == UInt8(ascii: " ") { start += 1 }
    return start < value.count ? start : nil
  }
}
