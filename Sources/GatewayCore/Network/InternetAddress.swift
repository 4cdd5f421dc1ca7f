/// An IPv4 or IPv6 address without a port or zone.
///
/// IPv4 in IPv6's mapped form (`::ffff:10.0.0.1`, RFC 4291, section 2.5.5.2) is read as IPv4, so
/// that both spellings of one peer fall into the same range.
public struct InternetAddress: Hashable, Sendable, CustomStringConvertible {
  /// Which protocol the address belongs to.
  public enum Family: Sendable {
    /// 32 bits.
    case version4
    /// 128 bits.
    case version6

    /// The number of bits of an address.
    public var bits: Int { self == .version4 ? 32 : 128 }
  }

  /// The protocol.
  public let family: Family
  /// The upper 64 bits; an IPv4 address stands in the upper 32 of them.
  let high: UInt64
  let low: UInt64

  init(family: Family, high: UInt64, low: UInt64 = 0) {
    self.family = family
    self.high = high
    self.low = low
  }

  /// `127.0.0.1`.
  public static let loopback = InternetAddress(version4: 0x7F00_0001)

  /// The IPv4 address with these bits, the first octet uppermost.
  public init(version4 bits: UInt32) {
    self.init(family: .version4, high: UInt64(bits) << 32)
  }

  /// The IPv6 address with these bits, the first octet uppermost; in the mapped form, the IPv4
  /// address that it stands for.
  public init(version6 high: UInt64, _ low: UInt64) {
    if high == 0, low >> 32 == 0xFFFF {
      self.init(version4: UInt32(truncatingIfNeeded: low))
    } else {
      self.init(family: .version6, high: high, low: low)
    }
  }

  /// Reads dotted IPv4 without leading zeros, or IPv6 (RFC 4291, section 2.2) without brackets.
  ///
  /// - Returns: `nil` for anything else.
  public init?(_ text: String) {
    if let address = InternetAddress.version4(Substring(text)) {
      self.init(version4: address)
      return
    }
    guard text.utf8.count <= 45, let groups = InternetAddress.groups(Substring(text)) else {
      return nil
    }
    let words = groups.map(UInt64.init)
    let high = words[0] << 48 | words[1] << 32 | words[2] << 16 | words[3]
    let low = words[4] << 48 | words[5] << 32 | words[6] << 16 | words[7]
    self.init(version6: high, low)
  }

  /// The IPv4 address in the last 32 bits of an IPv6 address, where its prefix says that there is
  /// one, as NAT64's does (RFC 6052, section 2.2); `nil` for an IPv4 address.
  public var embeddedVersion4: InternetAddress? {
    family == .version4 ? nil : InternetAddress(version4: UInt32(truncatingIfNeeded: low))
  }

  /// Whether it never leaves the machine: `127.0.0.0/8` or `::1`.
  public var isLoopback: Bool {
    switch family {
    case .version4: high >> 56 == 127
    case .version6: high == 0 && low == 1
    }
  }

  /// Dotted IPv4, or IPv6 in RFC 5952's shortest form.
  public var description: String {
    guard family == .version6 else {
      return (0..<4).map { String(high >> UInt64(56 - 8 * $0) & 0xFF) }.joined(separator: ".")
    }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: word($0)) }
    let texts = groups.map { String($0, radix: 16) }
    guard let zeros = InternetAddress.longestZeros(groups) else {
      return texts.joined(separator: ":")
    }
    return texts[..<zeros.lowerBound].joined(separator: ":") + "::"
      + texts[zeros.upperBound...].joined(separator: ":")
  }

  private func word(_ index: Int) -> UInt64 {
    (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4))
  }

  private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
    var longest = 0..<0
    var start = 0
    for index in 0...groups.count where index == groups.count || groups[index] != 0 {
      if index - start > longest.count { longest = start..<index }
      start = index + 1
    }
    return longest.count > 1 ? longest : nil
  }

  private static func version4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let octet = UInt8(part),
        part.count == 1 || part.first != "0"
      else { return nil }
      address = address << 8 | UInt32(octet)
    }
    return address
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    guard let gap = text.range(of: "::") else {
      guard let groups = run(text), groups.count == 8 else { return nil }
      return groups
    }
    let rest = text[gap.upperBound...]
    guard rest.first != ":", let head = run(text[..<gap.lowerBound], endsAddress: false),
      let tail = run(rest),
      head.count + tail.count <= 7
    else { return nil }
    return head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail
  }

  // Only the end of an address may be in dotted form.
  private static func run(_ text: Substring, endsAddress: Bool = true) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if endsAddress, index == parts.count - 1, let address = version4(part) {
        groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
        continue
      }
      guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isASCIIHexDigit),
        let group = UInt16(part, radix: 16)
      else { return nil }
      groups.append(group)
    }
    return groups
  }
}

extension Character {
  fileprivate var isASCIIHexDigit: Bool { isASCII && isHexDigit }
}

extension Substring {
  fileprivate func range(of pair: String) -> Range<Index>? {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(pair) { return index..<self.index(index, offsetBy: pair.count) }
      index = self.index(after: index)
    }
    return nil
  }
}
