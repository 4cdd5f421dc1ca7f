internal import Crypto
public import GatewayCore

/// The key under which secrets are kept that must be had back: 256 random bits.
public struct EncryptionKey: Sendable {
  /// How many bytes a key has: 32.
  public static let byteCount = 32

  let symmetric: SymmetricKey
  /// Four bytes that tell keys apart, put into all that the key seals. They are of the key's hash
  /// and help nobody to find 256 random bits.
  let fingerprint: [UInt8]

  /// Takes a key's bytes.
  ///
  /// - Returns: `nil` unless there are 32.
  public init?(bytes: Secret) {
    guard bytes.count == EncryptionKey.byteCount else { return nil }
    symmetric = bytes.withBytes { $0.withUnsafeBytes { SymmetricKey(data: $0) } }
    // A keyed hash, so that it is no plain hash of the key that somebody may come to use elsewhere.
    let hash = HMAC<SHA256>.authenticationCode(
      for: Array("podero-gateway encryption key".utf8), using: symmetric)
    fingerprint = Array(hash.prefix(4))
  }

  /// Sixteen bytes that tell a secret from others and give nothing of it away to whoever has not
  /// the key: to find what belongs to it.
  ///
  /// - Parameter purpose: what they are for; others for the same secret elsewhere.
  public func mark(of secret: Secret, for purpose: String) -> [UInt8] {
    var digest = SHA256()
    secret.withBytes { bytes in bytes.withUnsafeBytes { digest.update(bufferPointer: $0) } }
    var hash = HMAC<SHA256>(key: symmetric)
    hash.update(data: Array(purpose.utf8) + [0] + Array(digest.finalize()))
    return Array(hash.finalize().prefix(16))
  }

  /// Reads the base64 of 32 bytes, as `openssl rand -base64 32` writes it.
  ///
  /// - Returns: `nil` for anything else.
  public init?(base64 text: Secret) {
    guard var bytes = text.withBytes({ Base64.bytes($0) }) else { return nil }
    defer { wipe(&bytes) }
    self.init(bytes: Secret(bytes))
  }

  /// Reads a key from its place.
  ///
  /// - Throws: ``EncryptionKeyFault`` if there is none, it is not the base64 of 32 bytes, or it is
  ///   in a file that anybody but its owner has a right to.
  public init(
    _ reference: SecretReference, reader: SecretReader = SecretReader()
  ) throws(EncryptionKeyFault) {
    let reading: SecretReader.Reading
    do {
      reading = try reader.read(reference)
    } catch {
      throw EncryptionKeyFault(reference, .secret(error.reason))
    }
    if let mode = reading.mode, mode & 0o077 != 0 {
      throw EncryptionKeyFault(reference, .exposed(mode: mode))
    }
    guard let key = EncryptionKey(base64: reading.secret) else {
      throw EncryptionKeyFault(reference, .malformed)
    }
    self = key
  }
}

/// Why there is no encryption key. It names the place, never the value.
public struct EncryptionKeyFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Sendable, Equatable {
    /// The place could not be read.
    case secret(SecretFault.Reason)
    /// The file's permission bits let somebody else read or change it.
    case exposed(mode: UInt32)
    /// It is not the base64 of 32 bytes.
    case malformed
    /// A new file could not be made; with the system's `errno`.
    case unwritable(errno: Int32)
  }

  /// Where the key was looked for.
  public let reference: SecretReference
  /// What is wrong.
  public let reason: Reason

  /// Creates a fault.
  public init(_ reference: SecretReference, _ reason: Reason) {
    self.reference = reference
    self.reason = reason
  }

  /// Place and reason.
  public var description: String {
    switch reason {
    case .secret(let reason): "\(reference) \(reason.rawValue)"
    case .exposed(let mode):
      "\(reference) is open to others than its owner (mode \(String(mode, radix: 8))); use 0600"
    case .malformed: "\(reference) is not the base64 of 32 bytes"
    case .unwritable(let errno): "\(reference) cannot be made (error \(errno))"
    }
  }
}
