import GatewayCore

/// An absolute `http` or `https` URL without user information, query and fragment (RFC 3986).
public struct EndpointURL: Hashable, Sendable, CustomStringConvertible {
  /// Why a text is not such a URL; the words never repeat the text.
  public enum Fault: String, Error, Sendable {
    /// Another scheme, or none.
    case scheme = "must begin with https:// (or http://)"
    /// The host is missing or malformed.
    case host = "has no valid host"
    /// The port is not a number of 1 through 65535.
    case port = "has no valid port"
    /// A name or password in front of the host.
    case userInformation = "must not hold a user name or password"
    /// A `?` or `#`.
    case queryOrFragment = "must not have a query or fragment"
    /// Blanks, controls, non-ASCII characters or a stray percent sign.
    case character = "holds a character that no URL may have"
  }

  /// The URL as text, with `/` for an empty path.
  public let text: String
  /// Whether the scheme is `https`.
  public let isSecure: Bool
  /// The host in lower case; IPv6 without its brackets.
  public let host: String

  /// Reads a URL.
  ///
  /// - Throws: ``Fault`` with the first reason against it.
  public init(_ text: String) throws(Fault) {
    let scheme: String
    switch true {
    case text.hasPrefix("https://"): scheme = "https://"
    case text.hasPrefix("http://"): scheme = "http://"
    default: throw .scheme
    }
    let bytes = Array(text.utf8)
    guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && !EndpointURL.excluded.contains($0) }),
      EndpointURL.percentsAreWhole(bytes)
    else { throw .character }
    let rest = text.dropFirst(scheme.count)
    guard !rest.contains("?"), !rest.contains("#") else { throw .queryOrFragment }
    let authority = rest.prefix { $0 != "/" }
    guard !authority.contains("@") else { throw .userInformation }
    host = try EndpointURL.host(of: authority)
    isSecure = scheme == "https://"
    self.text = rest.contains("/") ? text : text + "/"
  }

  /// Whether the host is this machine by name or address.
  public var isLoopback: Bool {
    host == "localhost" || InternetAddress(host)?.isLoopback == true
  }

  /// The same URL with a path that ends in `/`, so that paths can be appended.
  public var directory: String { text.hasSuffix("/") ? text : text + "/" }

  /// The URL as text.
  public var description: String { text }

  private static let excluded = Set("\"<>\\^`{|}".utf8)

  private static func percentsAreWhole(_ bytes: [UInt8]) -> Bool {
    bytes.indices.allSatisfy { index in
      bytes[index] != UInt8(ascii: "%")
        || index + 2 < bytes.count
          && bytes[index + 1...index + 2].allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    }
  }

  private static func host(of authority: Substring) throws(Fault) -> String {
    var host = authority
    var port: Substring?
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { throw .host }
      host = authority[authority.index(after: authority.startIndex)..<end]
      let rest = authority[authority.index(after: end)...]
      guard rest.isEmpty || rest.first == ":" else { throw .host }
      port = rest.isEmpty ? nil : rest.dropFirst()
      guard InternetAddress(String(host))?.family == .version6 || host.contains(":"),
        InternetAddress(String(host)) != nil
      else { throw .host }
    } else {
      if let colon = authority.firstIndex(of: ":") {
        host = authority[..<colon]
        port = authority[authority.index(after: colon)...]
      }
      guard HostName.isValid(host) else { throw .host }
    }
    if let port {
      guard port.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(port),
        (1...65535).contains(number)
      else { throw .port }
    }
    return host.lowercased()
  }
}
