public import GatewayCore

/// Where events may be sent: `webhooks_out` of the configuration, and what holds whatever it says.
///
/// A URL is checked twice. When a subscription is made, by what is written: ``check(url:)``. When a
/// connection is made, by the address: ``mayConnect(_:host:)``. Only the second protects, for
/// whoever owns a name decides anew each time what it resolves to; the first says early and in
/// words what would never be delivered.
///
/// | | a literal address | a name |
/// |---|---|---|
/// | is taken if | an allowed range holds it | it is on the list, letter by letter but for case and a dot at the end |
/// | is connected to if | the same | it is on the list, and the address is of the open internet or in an allowed range |
/// | but never if | a refused range holds it | it is on the list of the refused, or a refused range holds the address |
///
/// Loopback and private addresses thus need their range to be listed, for names too. Never
/// connected to, even if listed: link-local and the metadata services of clouds, `0.0.0.0/8`,
/// multicast, broadcast and reserved addresses, and most forms of IPv4 within IPv6. Of these,
/// mapped and NAT64 addresses are judged by the IPv4 address in them; compatible, 6to4, Teredo and
/// network-specific NAT64 addresses are refused.
public struct TargetPolicy: Sendable {
  /// An element of the lists.
  public enum Entry: Hashable, Sendable {
    /// Any address in the range.
    case range(AddressRange)
    /// The host of that name.
    case host(String)
  }

  private let allowedRanges: [AddressRange]
  private let allowedHosts: Set<String>
  private let deniedRanges: [AddressRange]
  private let deniedHosts: Set<String>

  /// Creates a policy; with nothing allowed it refuses every target.
  public init(allow: [Entry], deny: [Entry] = []) {
    (allowedRanges, allowedHosts) = TargetPolicy.sort(allow)
    (deniedRanges, deniedHosts) = TargetPolicy.sort(deny)
  }

  /// Checks what is written in a URL. Resolves nothing.
  ///
  /// - Returns: the URL, taken apart.
  /// - Throws: ``TargetRefusal`` with the first reason against it.
  @discardableResult
  public func check(url text: String) throws(TargetRefusal) -> TargetURL {
    let url = try TargetURL(text)
    switch url.host {
    case .address(let address):
      if let refusal = refusal(of: address) { throw refusal }
      guard isListed(address) else { throw .notAllowed }
      guard mayConnect(address, for: url) else { throw .insecure }
    case .name(let name):
      guard !deniedHosts.contains(name) else { throw .denied }
      guard allowedHosts.contains(name) else { throw .notAllowed }
    }
    return url
  }

  /// Whether a connection may be made to `address` for the sake of `host`.
  ///
  /// - Parameters:
  ///   - address: the address that is really connected to.
  ///   - host: the URL's host: a name, or an address without brackets.
  public func mayConnect(_ address: InternetAddress, host: String) -> Bool {
    guard let literal = InternetAddress(host) else {
      guard let name = TargetURL.canonicalName(host) else { return false }
      return mayConnect(address, host: .name(name))
    }
    return mayConnect(address, host: .address(literal))
  }

  /// Whether a connection may be made to `address` for the sake of `host`; for
  /// `TransportRequest.mayConnect`.
  public func mayConnect(_ address: InternetAddress, host: TargetURL.Host) -> Bool {
    guard refusal(of: address) == nil else { return false }
    switch host {
    case .address(let literal):
      return literal == address && isListed(address)
    case .name(let name):
      guard allowedHosts.contains(name), !deniedHosts.contains(name) else { return false }
      return AddressClass(address.judged) == .open || isListed(address)
    }
  }

  /// Whether a connection may be made to `address` for the sake of `url`: as for its host, and in
  /// plain text only within the own network.
  public func mayConnect(_ address: InternetAddress, for url: TargetURL) -> Bool {
    mayConnect(address, host: url.host)
      && (url.isSecure || AddressClass(address.judged) != .open)
  }

  private func refusal(of address: InternetAddress) -> TargetRefusal? {
    if AddressClass(address.judged) == .forbidden { return .forbiddenAddress }
    // As it is written too: who refuses NAT64's range means all that is in it.
    let isDenied = deniedRanges.contains { $0.contains(address) || $0.contains(address.judged) }
    return isDenied ? .denied : nil
  }

  private func isListed(_ address: InternetAddress) -> Bool {
    allowedRanges.contains { $0.contains(address.judged) }
  }

  private static func sort(_ entries: [Entry]) -> ([AddressRange], Set<String>) {
    var (ranges, hosts): ([AddressRange], Set<String>) = ([], [])
    for entry in entries {
      switch entry {
      case .range(let range): ranges.append(range)
      case .host(let name): hosts.formUnion(TargetURL.canonicalName(name).map { [$0] } ?? [])
      }
    }
    return (ranges, hosts)
  }
}

extension InternetAddress {
  /// The address that policies look at: the IPv4 address in a NAT64 address with the well-known
  /// prefix (RFC 6052, section 2.1), or itself.
  var judged: InternetAddress {
    guard nat64?.contains(self) == true else { return self }
    return embeddedVersion4 ?? self
  }
}

private let nat64 = AddressRange("64:ff9b::/96")
