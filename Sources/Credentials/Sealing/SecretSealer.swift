internal import Crypto
public import GatewayCore

/// Seals secrets so that they can be kept in a database: AES-256 in Galois/Counter Mode
/// (NIST SP 800-38D).
///
/// What is sealed is bound to what it is for, so that whoever can write to the database cannot put
/// one subscription's secret in another's place.
///
/// ```
/// version (1) | key's fingerprint (4) | nonce (12) | encrypted (as long as the secret) | tag (16)
/// ```
///
/// Nonces are random: one key is good for some four thousand million of them.
public struct SecretSealer: Sendable {
  private static let version: UInt8 = 1
  private static let nonceBytes = 12
  private static let tagBytes = 16

  private let key: EncryptionKey
  private let random: any RandomSource

  /// Creates a sealer.
  ///
  /// - Parameter random: must be cryptographically secure: the same nonce twice gives both secrets
  ///   away.
  public init(key: EncryptionKey, random: any RandomSource = SystemRandomSource()) {
    self.key = key
    self.random = random
  }

  /// Seals a secret.
  ///
  /// - Parameter purpose: what it is for, such as `subscription/ID`; needed to open it, and not
  ///   kept in it.
  /// - Throws: ``SealFault/unavailable`` if the cipher fails, which no input makes it do.
  public func seal(_ secret: Secret, for purpose: String) throws(SealFault) -> [UInt8] {
    let head = [SecretSealer.version] + key.fingerprint
    do {
      let nonce = try AES.GCM.Nonce(data: random.bytes(SecretSealer.nonceBytes))
      let box = try secret.withBytes { bytes in
        try bytes.withUnsafeBytes { bytes in
          try AES.GCM.seal(
            bytes, using: key.symmetric, nonce: nonce,
            authenticating: head + Array(purpose.utf8))
        }
      }
      return head + Array(nonce) + Array(box.ciphertext) + Array(box.tag)
    } catch {
      throw .unavailable
    }
  }

  /// Opens what ``seal(_:for:)`` gave.
  ///
  /// - Parameter purpose: the same as at the sealing.
  /// - Throws: ``SealFault``.
  public func open(_ sealed: [UInt8], for purpose: String) throws(SealFault) -> Secret {
    let headBytes = 1 + key.fingerprint.count
    guard sealed.count >= headBytes + SecretSealer.nonceBytes + SecretSealer.tagBytes else {
      throw .malformed
    }
    guard sealed[0] == SecretSealer.version else { throw .unknownVersion(sealed[0]) }
    let head = Array(sealed[..<headBytes])
    guard Array(head[1...]) == key.fingerprint else { throw .otherKey }
    let nonceEnd = headBytes + SecretSealer.nonceBytes
    let tagStart = sealed.count - SecretSealer.tagBytes
    do {
      let box = try AES.GCM.SealedBox(
        nonce: AES.GCM.Nonce(data: sealed[headBytes..<nonceEnd]),
        ciphertext: sealed[nonceEnd..<tagStart], tag: sealed[tagStart...])
      // The library hands out a copy of its own, which goes unwiped.
      return Secret(
        try AES.GCM.open(box, using: key.symmetric, authenticating: head + Array(purpose.utf8)))
    } catch {
      throw .notAuthentic
    }
  }
}

/// Why something could not be sealed or opened.
public enum SealFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// Too short to be anything that was sealed.
  case malformed
  /// Sealed by a newer gateway, in a form that this one does not know.
  case unknownVersion(UInt8)
  /// Sealed under another key.
  case otherKey
  /// Changed since, or sealed for another purpose.
  case notAuthentic
  /// The cipher failed.
  case unavailable

  /// For the log; holds no secret.
  public var description: String {
    switch self {
    case .malformed: "the sealed secret is malformed"
    case .unknownVersion(let version): "the sealed secret is of the unknown version \(version)"
    case .otherKey: "the secret was sealed under another encryption key"
    case .notAuthentic: "the sealed secret was changed, or belongs to something else"
    case .unavailable: "the cipher failed"
    }
  }
}
