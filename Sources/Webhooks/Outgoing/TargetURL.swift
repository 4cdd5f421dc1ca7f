public import GatewayCore

/// Where a subscription's events go: an absolute `http` or `https` URL (RFC 3986) that reads the
/// same to everybody.
///
/// Spellings that one parser takes for something else than the next are refused rather than
/// interpreted: numbers that only some take for addresses (`0x7f.1`), percent signs in the host,
/// backslashes, blanks, anything beyond ASCII. A name in another script goes in its `xn--` form.
public struct TargetURL: Hashable, Sendable, CustomStringConvertible {
  /// Whom a URL names.
  public enum Host: Hashable, Sendable {
    /// An address, IPv6's without the brackets.
    case address(InternetAddress)
    /// A name in lower case, without a dot at its end.
    case name(String)
  }

  /// The longest URL that is taken, in bytes: 2048.
  public static let maximumBytes = 2048

  /// The URL as it was given.
  public let text: String
  /// Whether the scheme is `https`.
  public let isSecure: Bool
  /// Whom it names.
  public let host: Host
  /// The port: the one given, or the scheme's.
  public let port: UInt16

  /// Reads a URL. Path and query may be anything; user information and a fragment may not be there.
  ///
  /// - Throws: ``TargetRefusal`` with the first reason against it.
  public init(_ text: String) throws(TargetRefusal) {
    guard text.utf8.count <= TargetURL.maximumBytes else { throw .length }
    guard text.utf8.allSatisfy(TargetURL.mayStand) else { throw .character }
    guard let colon = text.firstIndex(of: ":") else { throw .scheme }
    switch text[..<colon].lowercased() {
    case "https": isSecure = true
    case "http": isSecure = false
    default: throw .scheme
    }
    let rest = text[text.index(after: colon)...]
    guard rest.hasPrefix("//") else { throw .scheme }
    guard !rest.contains("#") else { throw .fragment }
    let authority = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { throw .userInformation }
    let (host, port) = try TargetURL.split(authority)
    self.host = host
    self.port = try port.map(TargetURL.number) ?? (isSecure ? 443 : 80)
    self.text = text
  }

  /// The URL as it was given.
  public var description: String { text }

  // What RFC 3986 has no place for. Everything else that could mislead is caught in the host.
  private static let excluded = Set("\"<>\\^`{|}".utf8)

  private static func mayStand(_ byte: UInt8) -> Bool {
    (0x21...0x7E).contains(byte) && !excluded.contains(byte)
  }

  private static func split(
    _ authority: Substring
  ) throws(TargetRefusal) -> (host: Host, port: Substring?) {
    guard authority.first == "[" else {
      guard let colon = authority.firstIndex(of: ":") else { return (try name(authority), nil) }
      return (try name(authority[..<colon]), authority[authority.index(after: colon)...])
    }
    guard let end = authority.firstIndex(of: "]") else { throw .host }
    let literal = authority[authority.index(after: authority.startIndex)..<end]
    let rest = authority[authority.index(after: end)...]
    guard literal.contains(":"), let address = InternetAddress(String(literal)),
      rest.isEmpty || rest.first == ":"
    else { throw .host }
    return (.address(address), rest.isEmpty ? nil : rest.dropFirst())
  }

  private static func name(_ text: Substring) throws(TargetRefusal) -> Host {
    if let address = InternetAddress(String(text)) { return .address(address) }
    guard let name = canonicalName(text) else { throw .host }
    // Resolvers take such a name for an address in one of its older spellings.
    let last = name.split(separator: ".").last ?? ""
    guard !last.allSatisfy(\.isNumber), !last.hasPrefix("0x") else { throw .host }
    return .name(name)
  }

  /// A host name in the form in which names are compared; `nil` if it is none.
  static func canonicalName(_ text: some StringProtocol) -> String? {
    let name = text.lowercased()
    let relative = name.hasSuffix(".") ? String(name.dropLast()) : name
    return HostName.isValid(relative) ? relative : nil
  }

  private static func number(_ text: Substring) throws(TargetRefusal) -> UInt16 {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0
    else { throw .port }
    return port
  }
}

/// Why a URL may not be a subscription's target; the words never repeat the URL.
public enum TargetRefusal: String, Error, Sendable, CaseIterable, CustomStringConvertible {
  /// Longer than ``TargetURL/maximumBytes``.
  case length = "is longer than 2048 bytes"
  /// A blank, a control, or what is neither ASCII nor allowed in a URL.
  case character = "holds a character that no URL may have"
  /// Neither `http` nor `https`, or not absolute.
  case scheme = "must begin with https:// (or http://)"
  /// A name or password in front of the host.
  case userInformation = "must not hold a user name or password"
  /// A `#`.
  case fragment = "must not have a fragment"
  /// The host is missing, malformed, or a number that is no plain address.
  case host = "has no valid host"
  /// The port is not a number of 1 through 65535.
  case port = "has no valid port"
  /// `http` to an address of the open internet.
  case insecure = "must begin with https://, as it leads out of the own network"
  /// The configuration does not list the host.
  case notAllowed = "is not on the list of allowed targets"
  /// The configuration lists the host as one to be refused.
  case denied = "is on the list of refused targets"
  /// The address is one that nothing is ever sent to.
  case forbiddenAddress = "names an address that nothing may be sent to"

  /// The words for the problem answer.
  public var description: String { rawValue }
}
