public import Credentials
public import GatewayCore
public import Storage

/// The secrets of subscriptions: made, sealed for the storage, and opened for signing.
public struct SubscriptionSecrets: Sendable {
  /// How many may sign at the same time; of more, the oldest go.
  static let most = 5

  private let sealer: SecretSealer
  private let random: any RandomSource

  /// Creates the maker.
  ///
  /// - Parameter random: must be cryptographically secure.
  public init(sealer: SecretSealer, random: any RandomSource = SystemRandomSource()) {
    self.sealer = sealer
    self.random = random
  }

  /// Makes a secret for a subscription.
  ///
  /// - Throws: ``SealFault``, which no input brings about.
  public func make(
    for subscription: ResourceID, at now: Timestamp
  ) throws(SealFault) -> (secret: SigningSecret, sealed: SealedSecret) {
    let secret = SigningSecret.make(random: random)
    let bytes = try sealer.seal(secret.text, for: purpose(subscription))
    return (secret, SealedSecret(bytes: bytes, madeAt: now))
  }

  /// The secrets that sign now, the newest first. One that cannot be opened is left out as long as
  /// there is another.
  ///
  /// - Throws: ``SealFault`` of the newest if none can be opened.
  public func signing(
    _ subscription: StoredSubscription, at now: Timestamp
  ) throws(SealFault) -> [SigningSecret] {
    var secrets: [SigningSecret] = []
    var first: SealFault?
    for sealed in subscription.terms.secrets where sealed.signs(at: now) {
      do throws(SealFault) {
        secrets.append(try open(sealed, of: subscription.id))
      } catch {
        first = first ?? error
      }
    }
    guard secrets.isEmpty else { return secrets }
    throw first ?? .malformed
  }

  private func open(
    _ sealed: SealedSecret, of subscription: ResourceID
  ) throws(SealFault) -> SigningSecret {
    let text = try sealer.open(sealed.bytes, for: purpose(subscription))
    guard let secret = SigningSecret(parsing: text) else { throw .malformed }
    return secret
  }

  private func purpose(_ subscription: ResourceID) -> String { "subscription/\(subscription)" }

  /// The list with a new secret in front: those that signed go on until `end`.
  static func rotate(
    _ secrets: [SealedSecret], to new: SealedSecret, at now: Timestamp, until end: Timestamp
  ) -> [SealedSecret] {
    let former = secrets.filter { $0.signs(at: now) }.map { secret in
      var secret = secret
      secret.expiresAt = min(secret.expiresAt ?? end, end)
      return secret
    }
    return Array(([new] + former.filter { $0.signs(at: now) }).prefix(most))
  }
}

extension SealedSecret {
  /// Whether it signs at that time.
  public func signs(at now: Timestamp) -> Bool { expiresAt.map { $0 > now } ?? true }
}
