/// Base64 with padding (RFC 4648, section 4), one spelling for each sequence of bytes.
///
/// The work goes through an alphabet in memory, so its duration may tell an observer on the same
/// machine something about the bytes; nobody can ask for enough of it over the network.
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")
  // 64 stands for a byte that is no digit.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 64, count: 256)
    for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()

  /// Appends the base64 of `bytes` to `out`, in whose capacity there should be room for it if the
  /// bytes are secret: a growing array leaves copies behind.
  public static func append(_ bytes: Span<UInt8>, to out: inout [UInt8]) {
    var start = 0
    while start < bytes.count {
      let count = min(3, bytes.count - start)
      var group: UInt32 = 0
      for index in 0..<3 {
        group = group << 8 | (index < count ? UInt32(bytes[start + index]) : 0)
      }
      for index in 0..<4 {
        let digit = alphabet[Int(group >> UInt32(18 - 6 * index) & 63)]
        out.append(index <= count ? digit : padding)
      }
      start += 3
    }
  }

  /// The base64 of `bytes` as text.
  public static func text(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    append(bytes.span, to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  /// Reads base64.
  ///
  /// - Returns: `nil` for anything but the one spelling: blanks, line breaks, missing padding and
  ///   bits that stand for nothing.
  public static func bytes(_ text: Span<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    var padded = 0
    while padded < min(2, text.count), text[text.count - 1 - padded] == padding { padded += 1 }
    var out: [UInt8] = []
    out.reserveCapacity(text.count / 4 * 3)
    var (group, bits): (UInt32, UInt32) = (0, 0)
    for index in 0..<(text.count - padded) {
      let value = values[Int(text[index])]
      guard value < 64 else {
        wipe(&out)
        return nil
      }
      group = group << 6 | UInt32(value)
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      out.append(UInt8(truncatingIfNeeded: group >> bits))
      group &= 1 << bits - 1
    }
    guard group == 0, UInt32(padded * 2) == bits else {
      wipe(&out)
      return nil
    }
    return out
  }
}
