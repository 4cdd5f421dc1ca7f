/// A block of addresses in CIDR notation (RFC 4632, RFC 4291): `10.0.0.0/8`, `2001:db8::/32`.
public struct AddressRange: Hashable, Sendable, CustomStringConvertible {
  /// The first address of the block.
  public let network: InternetAddress
  /// How many leading bits all addresses of the block share.
  public let prefixLength: Int

  /// Reads `ADDRESS/LENGTH`, or a single address. Bits behind the prefix are cleared.
  ///
  /// - Returns: `nil` if the address or the length is not valid.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = InternetAddress(String(first)) else { return nil }
    guard parts.count == 2 else {
      self.init(address, prefixLength: address.family.bits)
      return
    }
    guard (1...3).contains(parts[1].utf8.count), parts[1].first != "+",
      let length = Int(parts[1]), (0...address.family.bits).contains(length)
    else { return nil }
    self.init(address, prefixLength: length)
  }

  private init(_ address: InternetAddress, prefixLength: Int) {
    let mask = AddressRange.mask(prefixLength)
    network = InternetAddress(
      family: address.family, high: address.high & mask.high, low: address.low & mask.low)
    self.prefixLength = prefixLength
  }

  /// Whether the address lies in the block; addresses of the other protocol never do.
  public func contains(_ address: InternetAddress) -> Bool {
    let mask = AddressRange.mask(prefixLength)
    return address.family == network.family && address.high & mask.high == network.high
      && address.low & mask.low == network.low
  }

  /// `ADDRESS/LENGTH`.
  public var description: String { "\(network)/\(prefixLength)" }

  private static func mask(_ length: Int) -> (high: UInt64, low: UInt64) {
    // Shifting by 64 or more gives zero in Swift.
    (~(UInt64.max >> UInt64(min(length, 64))), ~(UInt64.max >> UInt64(max(length - 64, 0))))
  }
}
