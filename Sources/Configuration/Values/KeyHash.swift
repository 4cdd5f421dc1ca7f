import GatewayCore

/// The SHA-256 of a key: 32 bytes, so that neither file nor memory holds what opens a door.
public struct KeyHash: Hashable, Sendable {
  /// The octets 0–7, most significant first, and so on.
  private let words: [4 of UInt64]

  /// Takes the 32 bytes of a SHA-256.
  ///
  /// - Returns: `nil` for any other number of bytes.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var words: [4 of UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() {
      words[index / 8] = words[index / 8] << 8 | UInt64(byte)
    }
    self.words = words
  }

  /// Reads 64 lower-case hexadecimal digits.
  ///
  /// - Returns: `nil` for anything else, upper-case digits included.
  public init?(hexadecimal text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 64 else { return nil }
    var words: [4 of UInt64] = [0, 0, 0, 0]
    for (index, digit) in digits.enumerated() {
      guard let value = hexValue(digit), digit == hexDigit(value) else { return nil }
      words[index / 16] = words[index / 16] << 4 | UInt64(value)
    }
    self.words = words
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - 8 * ($0 % 8))) }
  }

  /// Whether both have the same bytes; takes equal time wherever they differ.
  public static func == (left: KeyHash, right: KeyHash) -> Bool {
    var difference: UInt64 = 0
    for index in 0..<4 { difference |= left.words[index] ^ right.words[index] }
    return difference == 0
  }

  /// One word is as good as all: a hash's bits are evenly spread.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words[0])
  }
}
