internal import GatewayCore

/// What kind of place an address is, by the registries of special-purpose addresses
/// (RFC 6890; IANA).
enum AddressClass: Equatable {
  /// Reached over the internet.
  case open
  /// Within somebody's own network, or set aside for documents and measurements: to be listed by
  /// whoever wants to send there.
  case inner
  /// Never a receiver of events, whatever is listed.
  case forbidden

  /// The class of an address.
  ///
  /// An IPv6 address that carries an IPv4 address is judged so:
  ///
  /// | form | judged |
  /// |---|---|
  /// | mapped, `::ffff:0:0/96` | by the IPv4 address; ``InternetAddress`` has made it one already |
  /// | NAT64, `64:ff9b::/96` | by the IPv4 address, see ``InternetAddress/judged`` |
  /// | NAT64 of a network's own, `64:ff9b:1::/48` | forbidden: where the IPv4 address stands is the network's secret |
  /// | compatible, `::/96`; 6to4, `2002::/16`; Teredo, `2001::/32` | forbidden: no longer in use, and a way around |
  init(_ address: InternetAddress) {
    // `::1` stands in the range of the compatible addresses and is none.
    let isCompatible = AddressClass.compatible?.contains(address) == true && !address.isLoopback
    if isCompatible || AddressClass.forbiddenRanges.contains(where: { $0.contains(address) }) {
      self = .forbidden
    } else if AddressClass.innerRanges.contains(where: { $0.contains(address) }) {
      self = .inner
    } else if address.family == .version6 {
      self = AddressClass.globalUnicast.contains { $0.contains(address) } ? .open : .inner
    } else {
      self = .open
    }
  }

  private static let forbiddenRanges = ranges([
    // "This network", link-local with the metadata services of most clouds, multicast, reserved
    // with the broadcast address.
    "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
    // Metadata and platform services outside link-local: Alibaba's, Azure's, Oracle's.
    "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
    // The same of Amazon and Google for IPv6.
    "fd00:ec2::254/128", "fd20:ce::254/128",
    // Unspecified, link-local, the former site-local, multicast, discard-only.
    "::/128", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64",
    // IPv4 in IPv6, see above.
    "64:ff9b:1::/48", "2002::/16", "2001::/32",
  ])

  private static let compatible = AddressRange("::/96")

  private static let innerRanges = ranges([
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "2001::/23", "2001:db8::/32", "3fff::/20",
  ])

  // All that is handed out of IPv6 so far (RFC 4291, section 2.4, and IANA); what may come is not
  // open until it is known what it is.
  private static let globalUnicast = ranges(["2000::/3"])

  private static func ranges(_ texts: [String]) -> [AddressRange] {
    texts.compactMap(AddressRange.init)
  }
}
