import GatewayCore

/// The cookie that an operator's browser proves its session with (RFC 6265, and its revision for
/// `SameSite` and the prefix `__Host-`).
enum SessionCookie {
  /// A token as a request brought it.
  struct Presented: Equatable {
    let token: String
    /// Whether it came under the name that browsers keep for https.
    let isSecure: Bool
  }

  /// A cookie of that prefix can be set over https only, for this very host and no part of it: no
  /// neighbour in the domain, and nobody who answers under its name without TLS, can slip one in.
  static func name(isSecure: Bool) -> String {
    isSecure ? "__Host-podero_gateway" : "podero_gateway"
  }

  /// Hands a token to the browser, until that is closed.
  static func setting(_ token: String, isSecure: Bool) -> HTTPResponse.Header {
    header(token, isSecure, "")
  }

  /// Takes it back.
  static func removing(isSecure: Bool) -> HTTPResponse.Header {
    header("", isSecure, "; Max-Age=0")
  }

  /// The one token that a request presents.
  ///
  /// - Returns: `nil` for none, and for several: one of them is not ours.
  static func read(_ request: HTTPRequest) -> Presented? {
    guard request.count(of: .cookie) == 1, let header = request[.cookie] else { return nil }
    let pairs = header.split(separator: ";").map { pair in
      pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    }
    func values(_ isSecure: Bool) -> [Substring] {
      pairs.filter { $0.count == 2 && $0[0] == name(isSecure: isSecure) }.map { $0[1] }
    }
    for isSecure in [true, false] {
      let found = values(isSecure)
      if found.isEmpty { continue }
      guard found.count == 1, !found[0].isEmpty else { return nil }
      return Presented(token: String(found[0]), isSecure: isSecure)
    }
    return nil
  }

  // Strict: the cookie comes with no request that another site has thought up, a link included.
  private static func header(
    _ value: String, _ isSecure: Bool, _ end: String
  ) -> HTTPResponse.Header {
    .init(
      "Set-Cookie",
      "\(name(isSecure: isSecure))=\(value); Path=/; HttpOnly; SameSite=Strict"
        + (isSecure ? "; Secure" : "") + end)
  }
}
