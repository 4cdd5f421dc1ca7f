// Digits at fixed places, eight bytes at a time. A word's lowest byte is the first of the text.

private let everyByte: UInt64 = 0x0101_0101_0101_0101

/// A form of eight bytes of text: digits at some places, and certain characters at the others.
struct DigitPattern: Sendable {
  private let text: UInt64
  // What makes the largest value that may stand at a place reach 0x7F.
  private let headroom: UInt64

  /// Creates a form from its text, in which `0` stands for any digit; known to the compiler, so
  /// that nothing is left of the loop.
  @inline(__always)
  init(_ text: StaticString) {
    precondition(text.utf8CodeUnitCount == 8)
    var (word, headroom) = (0 as UInt64, 0 as UInt64)
    for place in 0..<8 {
      // In bounds: the text has eight bytes.
      let byte = unsafe text.utf8Start[place]
      word |= UInt64(byte) << UInt64(8 * place)
      headroom |= (byte == UInt8(ascii: "0") ? 0x76 : 0x7F) << UInt64(8 * place)
    }
    (self.text, self.headroom) = (word, headroom)
  }

  /// Reads the digits.
  ///
  /// - Returns: at each byte, the number of two digits that begins there; `nil` if the word is of
  ///   another form.
  @inline(__always)
  func pairs(_ word: UInt64) -> UInt64? {
    // A digit becomes its value, and what must stand as it is becomes 0. A carry goes out of a byte
    // only if its highest bit was set before, which is found by itself.
    let values = word ^ text
    guard (values | (values &+ headroom)) & (everyByte &* 0x80) == 0 else { return nil }
    return values &* 10 &+ (values >> 8)
  }
}

/// Reads eight hexadecimal digits in either case, the first of them the highest.
///
/// - Returns: the value, and a mask that is 0 if all eight bytes are such digits.
@inline(__always)
func hexadecimal(_ word: UInt64) -> (value: UInt64, faults: UInt64) {
  // Bytes of 0x80 and more are faults, so that no sum of the others reaches into the next byte.
  let text = word & (everyByte &* 0x7F)
  let lowered = text | (everyByte &* 0x20)
  // Each difference has its high bit set from the first byte of its range on.
  let digits = (text &+ everyByte &* 0x50) & ~(text &+ everyByte &* 0x46)
  let letters = (lowered &+ everyByte &* 0x1F) & ~(lowered &+ everyByte &* 0x19)
  let faults = (word | ~(digits | letters)) & (everyByte &* 0x80)
  let nibbles = (text & (everyByte &* 0x0F)) &+ ((text >> 6) & everyByte) &* 9
  // The first byte is the lowest; turned round, neighbours are put together.
  var value = nibbles.byteSwapped
  value = (value | value >> 4) & 0x00FF_00FF_00FF_00FF
  value = (value | value >> 8) & 0x0000_FFFF_0000_FFFF
  return ((value | value >> 16) & 0xFFFF_FFFF, faults)
}

/// The eight lower-case hexadecimal digits of a number below 2^32, as bytes, the first the lowest.
@inline(__always)
func hexadecimalText(_ value: UInt64) -> UInt64 {
  var nibbles = value
  nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
  nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
  nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
  let letters = ((nibbles &+ everyByte &* 6) >> 4) & everyByte
  return (nibbles &+ everyByte &* 0x30 &+ letters &* 0x27).byteSwapped
}
