import Crypto
public import GatewayCore

/// Makes keys for apps and operators.
public enum KeyMaker {
  /// A new key and what the configuration holds of it.
  public struct NewKey: Sendable {
    /// The key: `pgw_` and 43 characters of base64url, 256 random bits.
    public let key: String
    /// Its SHA-256 in lower-case hexadecimal.
    public let sha256: String
  }

  /// Makes a key.
  ///
  /// - Parameter random: must be cryptographically secure.
  public static func make(random: any RandomSource = SystemRandomSource()) -> NewKey {
    var bytes: [UInt8] = []
    for _ in 0..<4 {
      let word = random.next()
      bytes.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) })
    }
    let key = "pgw_" + base64URL(bytes)
    return NewKey(key: key, sha256: hash(of: key))
  }

  /// The SHA-256 of a key in lower-case hexadecimal.
  static func hash(of key: String) -> String {
    let digits = SHA256.hash(data: Array(key.utf8)).flatMap {
      [hexDigit($0 >> 4), hexDigit($0 & 15)]
    }
    return String(decoding: digits, as: UTF8.self)
  }

  // RFC 4648, section 5, without padding.
  private static func base64URL(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var out: [UInt8] = []
    var buffer = 0
    var bits = 0
    for byte in bytes {
      buffer = (buffer << 8 | Int(byte)) & 0xFFFF
      bits += 8
      while bits >= 6 {
        bits -= 6
        out.append(alphabet[buffer >> bits & 63])
      }
    }
    if bits > 0 { out.append(alphabet[buffer << (6 - bits) & 63]) }
    return String(decoding: out, as: UTF8.self)
  }
}
