import Crypto
import GatewayCore

/// The hashes of all keys, and whose they are. The keys themselves are nowhere.
struct KeyRing<Owner: Sendable>: Sendable {
  struct Key: Sendable {
    let digest: KeyDigest
    let expires: Timestamp?
    let owner: Owner
  }

  private var keys: [KeyDigest: Key] = [:]

  init(_ keys: [Key]) {
    for key in keys { self.keys[key.digest] = key }
  }

  /// The owner of a key by its hash, unless it is unknown or expired.
  ///
  /// The table is searched by the key's hash, so its timing says nothing that helps to find a key:
  /// whoever knows the hash of a key still lacks the key. The found digest is compared once more,
  /// in constant time.
  ///
  /// - Parameter now: asked for only if the key expires at all.
  func owner(of digest: KeyDigest, at now: @autoclosure () -> Timestamp) -> Owner? {
    guard let key = keys[digest], key.digest.matches(digest) else { return nil }
    if let expires = key.expires, expires <= now() { return nil }
    return key.owner
  }
}

/// A SHA-256 of a key.
struct KeyDigest: Hashable, Sendable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Hashes a presented key.
  init(hashing bytes: Span<UInt8>) {
    let digest = bytes.withUnsafeBytes { buffer in SHA256.hash(data: buffer) }
    self = digest.withUnsafeBytes { KeyDigest(loading: $0) }
  }

  /// Takes 32 bytes over.
  ///
  /// - Returns: `nil` for another length.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == SHA256.byteCount else { return nil }
    self = bytes.withUnsafeBytes { KeyDigest(loading: $0) }
  }

  // The callers make sure that there are 32 bytes.
  private init(loading buffer: UnsafeRawBufferPointer) {
    words = (
      buffer.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
      buffer.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
      buffer.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
      buffer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    )
  }

  /// Its first eight hexadecimal digits: enough to find its line in the configuration, of no use to
  /// find the key.
  var beginning: String {
    let digits = withUnsafeBytes(of: words.0) { bytes in
      bytes.prefix(4).flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] }
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// Compares without telling where they differ.
  func matches(_ other: KeyDigest) -> Bool {
    (words.0 ^ other.words.0) | (words.1 ^ other.words.1) | (words.2 ^ other.words.2)
      | (words.3 ^ other.words.3) == 0
  }

  static func == (left: KeyDigest, right: KeyDigest) -> Bool { left.matches(right) }

  // A digest is as good as random, so one word of it spreads well.
  func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
