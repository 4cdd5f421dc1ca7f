import Credentials
import GatewayCore
import HeatPumpService
import Logging
import Storage

/// This gateway's place among those that share a storage.
struct ClusterSeat: Sendable {
  let storage: any SharedStorage
  /// The key that all of them have.
  let key: EncryptionKey
  /// This process, among all of them.
  let member: ResourceID
  let random: any RandomSource
  /// What is this gateway's at present.
  let share = Locked(ClusterShare.whole)

  /// The way to the token that all gateways of an organisation use.
  func tokens(of organisation: String, _ logger: Logger) -> SharedTokens {
    SharedTokens(
      storage: storage, key: key, random: random, organisation: organisation, member: member,
      logger: logger)
  }

  /// Says whose heat pumps are listened to at this gateway, and gives those of all others.
  @Sendable func exchangeListening(
    _ organisation: String, _ users: Set<ResourceID>
  ) async throws(StorageFault) -> Set<ResourceID> {
    try await storage.setListening(users, to: organisation, at: member)
    return try await storage.listening(to: organisation, besides: member)
  }

  /// Whether this gateway has the same encryption key as the others: whether it can open what the
  /// first of them has sealed.
  ///
  /// - Throws: ``StorageFault``.
  func hasSameKey() async throws(StorageFault) -> Bool {
    let sealer = SecretSealer(key: key, random: random)
    let purpose = "key-proof"
    guard let own = try? sealer.seal(Secret("podero-gateway"), for: purpose) else { return false }
    let kept = try await storage.keyProof(orKeep: own)
    return (try? sealer.open(kept, for: purpose)) != nil
  }
}
