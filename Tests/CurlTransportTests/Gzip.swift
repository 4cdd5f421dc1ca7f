/// Ready-made gzip streams.
enum Gzip {
  /// `hello hello hello hello hello`, with a line break.
  static let hello: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9,
    0x57, 0xC8, 0xC0, 0x4E, 0x72, 0x01, 0x00, 0x68, 0x02, 0x31, 0x66, 0x1E, 0x00, 0x00, 0x00,
  ]

  /// A small stream that swells to `count` zeros, made without a compressor: DEFLATE blocks of
  /// fixed codes (RFC 1951, section 3.2.6) that repeat one zero at the greatest length.
  ///
  /// The checksum at the end is missing; nobody is meant to get that far.
  static func zeros(count: Int) -> [UInt8] {
    var bits = BitWriter()
    bits.append(0b011, count: 3)
    // The literal 0 is the code 0011_0000; a repetition of 258 at distance 1 is 1100_0101 and
    // 00000.
    bits.appendCode(0b0011_0000, count: 8)
    for _ in 0..<count / 258 {
      bits.appendCode(0b1100_0101, count: 8)
      bits.appendCode(0b00000, count: 5)
    }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + bits.bytes
  }
}

private struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  mutating func append(_ bits: Int, count: Int) {
    for index in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(bits >> index & 1) << used
      used += 1
    }
  }

  // Huffman codes begin with their highest bit.
  mutating func appendCode(_ code: Int, count: Int) {
    for index in (0..<count).reversed() { append(code >> index & 1, count: 1) }
  }
}
