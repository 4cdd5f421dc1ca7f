import Crypto
import GatewayCore

/// The SHA-256 of a token or password: all that is known of it here.
public struct TokenDigest: Sendable {
  private let bytes: [UInt8]

  /// Takes the 32 bytes of a SHA-256.
  ///
  /// - Returns: `nil` for any other number of bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == SHA256.byteCount else { return nil }
    self.bytes = Array(bytes)
  }

  /// Hashes a token.
  public init(hashing token: some Sequence<UInt8>) {
    bytes = Array(SHA256.hash(data: Array(token)))
  }

  /// What no token that anybody presents will match.
  static let unmatched = TokenDigest(hashing: [])

  /// Whether a presented token is the one; takes equal time wherever it differs. No token at all is
  /// never it.
  func matches(_ presented: some Collection<UInt8>) -> Bool {
    let digest = TokenDigest(hashing: presented)
    let isSame = constantTimeEquals(digest.bytes.span, bytes.span)
    return isSame && !presented.isEmpty
  }
}
