import GatewayCore

/// Keeps web pages away from the operators' listener: answers only under its own names, and changes
/// nothing at the wish of another site.
///
/// A browser can be made to believe that a foreign name is this machine (DNS rebinding), and sends
/// requests that a foreign page has thought up. It cannot be made to hide either: `Host` holds the
/// name that it believes in, and `Origin` the page that asks (Fetch Standard, section 3.2).
struct HostGuard: Sendable {
  private let names: Set<String>

  /// Creates a guard.
  ///
  /// - Parameter names: host names beside `localhost`; an IP address is always good, since no
  ///   foreign name is one.
  init(names: [String]) {
    self.names = Set(names.map { $0.lowercased() } + ["localhost"])
  }

  /// Looks at whom a request names and who sends it.
  ///
  /// - Throws: ``GatewayFault``: `misdirected-request` for a foreign name, `forbidden` for a change
  ///   that a page of another origin asks for.
  func check(_ request: HTTPRequest) throws(GatewayFault) {
    guard let authority = request[.host], let host = Self.host(of: authority), isOwn(host) else {
      throw GatewayFault(
        .misdirectedRequest, "This listener has no such name; `admin.hosts` lists its names.")
    }
    if request.method == .get || request.method == .head { return }
    guard let origin = request[.origin] else { return }
    guard Self.isOrigin(origin, of: authority) else {
      throw GatewayFault(.forbidden, "A page of another origin may change nothing here.")
    }
  }

  /// Whether an origin is that of the pages served under an authority, with or without TLS.
  static func isOrigin(_ origin: String, of authority: String?) -> Bool {
    guard let authority else { return false }
    return ["http://", "https://"].contains {
      $0 + authority.lowercased() == origin.lowercased()
    }
  }

  private func isOwn(_ host: String) -> Bool {
    let isAddress = InternetAddress(host) != nil
    return isAddress || names.contains(host)
  }

  /// The host of `host[:port]`, in lower case, without the brackets of IPv6 and a dot at the end.
  private static func host(of authority: String) -> String? {
    let text = authority.lowercased()
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      return String(text[text.index(after: text.startIndex)..<end])
    }
    let host = text.prefix { $0 != ":" }
    return host.hasSuffix(".") ? String(host.dropLast()) : String(host)
  }
}
