public import GatewayCore

/// A 64-bit hash of bytes: fast, the same in every process and on every machine, and not secure.
///
/// For entity tags and for spreading work; never for anything that an attacker may aim at.
public func stableHash(_ bytes: [UInt8]) -> UInt64 {
  stableHash(bytes.span)
}

/// A 64-bit hash of bytes: fast, the same in every process and on every machine, and not secure.
public func stableHash(_ bytes: Span<UInt8>) -> UInt64 {
  var hash = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
  var position = 0
  let last = bytes.count &- 8
  while position <= last {
    // In bounds: 0 <= position <= count - 8.
    hash = mixed(hash, unsafe bytes.word(uncheckedAt: position))
    position &+= 8
  }
  var rest: UInt64 = 0
  while position < bytes.count {
    rest = rest << 8 | UInt64(bytes[position])
    position += 1
  }
  return mixed(mixed(hash, rest), 0xD6E8_FEB8_6659_FD93)
}

/// A 64-bit hash of an id: fast, the same in every process and on every machine, and not secure.
public func stableHash(_ id: ResourceID) -> UInt64 {
  mixed(mixed(mixed(0x9E37_79B9_7F4A_7C15, id.high), id.low), 0xD6E8_FEB8_6659_FD93)
}

/// A 64-bit hash of numbers in their order: fast, the same in every process and on every machine,
/// and not secure.
public func stableHash(_ numbers: some Sequence<UInt64>) -> UInt64 {
  mixed(numbers.reduce(0x9E37_79B9_7F4A_7C15, mixed), 0xD6E8_FEB8_6659_FD93)
}

@inline(__always)
private func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
  let product = (hash ^ word ^ 0xA076_1D64_78BD_642F)
    .multipliedFullWidth(by: word ^ 0xE703_7ED1_A0B4_28DB)
  return (product.high ^ product.low) &+ hash.rotatedLeft
}

extension UInt64 {
  @inline(__always)
  fileprivate var rotatedLeft: UInt64 { self << 23 | self >> 41 }
}
