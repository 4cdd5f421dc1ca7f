internal import Crypto
public import GatewayCore

/// The secret by which a receiver knows who has sent it an event, in the form of the Standard
/// Webhooks specification: `whsec_` and the base64 of 24 to 64 bytes.
public struct SigningSecret: Sendable, Equatable {
  /// What the text of a secret begins with.
  public static let prefix = "whsec_"
  /// How many bytes the specification allows.
  public static let allowedBytes = 24...64

  private let bytes: Secret

  /// Takes a secret's bytes.
  ///
  /// - Returns: `nil` unless there are 24 to 64.
  public init?(bytes: Secret) {
    guard SigningSecret.allowedBytes.contains(bytes.count) else { return nil }
    self.bytes = bytes
  }

  /// Reads `whsec_…`.
  ///
  /// - Returns: `nil` for another beginning, for what is not base64 with its padding, and for fewer
  ///   than 24 or more than 64 bytes.
  public init?(parsing text: Secret) {
    let bytes = text.withBytes { text -> Secret? in
      let prefix = SigningSecret.prefix.utf8
      guard text.count > prefix.count,
        constantTimeEquals(text.extracting(first: prefix.count), Array(prefix).span),
        var bytes = Base64.bytes(text.extracting(droppingFirst: prefix.count))
      else { return nil }
      defer { wipe(&bytes) }
      return Secret(bytes)
    }
    guard let bytes else { return nil }
    self.init(bytes: bytes)
  }

  private init(bytes: [UInt8]) { self.bytes = Secret(bytes) }

  /// Makes a secret of 32 bytes.
  ///
  /// - Parameter random: must be cryptographically secure.
  public static func make(random: any RandomSource = SystemRandomSource()) -> SigningSecret {
    var bytes = random.bytes(32)
    defer { wipe(&bytes) }
    return SigningSecret(bytes: bytes)
  }

  /// `whsec_…`, to be shown once to whoever is to receive events.
  public var text: Secret {
    var text: [UInt8] = []
    text.reserveCapacity(SigningSecret.prefix.utf8.count + (bytes.count + 2) / 3 * 4)
    defer { wipe(&text) }
    text.append(contentsOf: SigningSecret.prefix.utf8)
    bytes.withBytes { Base64.append($0, to: &text) }
    return Secret(text)
  }

  /// The HMAC with SHA-256 of the parts, one after the other.
  func authenticationCode(of parts: [UInt8]...) -> [UInt8] {
    var code = HMAC<SHA256>(key: bytes.symmetricKey)
    for part in parts { code.update(data: part) }
    return Array(code.finalize())
  }
}

extension Secret {
  fileprivate var symmetricKey: SymmetricKey {
    withBytes { bytes in
      bytes.withUnsafeBytes { SymmetricKey(data: $0) }
    }
  }
}
