internal import Credentials
public import GatewayCore
internal import HeatPumps
public import Storage

/// Everything that an app can do with its subscriptions and their deliveries. What is another
/// app's is, for it, not there.
public final class SubscriptionDesk: Sendable {
  /// How many subscriptions an app may have in its organisation.
  public static let most = 100
  /// For how long a former secret may go on signing: up to seven days.
  public static let longestOverlap = Duration.seconds(604_800)

  /// Who asks.
  public struct Owner: Sendable, Hashable {
    /// The organisation's configured name.
    public let organisation: String
    /// The app's.
    public let app: String

    /// Names the asker.
    public init(organisation: String, app: String) {
      self.organisation = organisation
      self.app = app
    }
  }

  /// Where events may be sent.
  public var targets: TargetPolicy { deliverer.settings.targets }
  /// How long a test may take.
  public var attemptTime: Duration { deliverer.settings.timeout }
  /// Called after subscriptions have changed, so that the right heat pumps are looked at.
  public let onChange = Locked<(@Sendable () -> Void)?>(nil)

  let deliverer: Deliverer
  let storage: any Storage
  let secrets: SubscriptionSecrets
  let clock: any GatewayClock
  let random: any RandomSource
  private let limit: Int

  /// Creates the desk.
  ///
  /// - Parameter random: must be cryptographically secure.
  public init(
    _ deliverer: Deliverer, storage: any Storage, secrets: SubscriptionSecrets,
    clock: any GatewayClock, random: any RandomSource, limit: Int = SubscriptionDesk.most
  ) {
    self.deliverer = deliverer
    self.storage = storage
    self.secrets = secrets
    self.clock = clock
    self.random = random
    self.limit = limit
  }

  /// Makes a subscription.
  ///
  /// - Returns: it and its secret, which is shown this once.
  /// - Throws: ``GatewayFault``: `too-many-subscriptions`, `storage-unavailable`.
  public func create(
    _ draft: SubscriptionDraft, for owner: Owner
  ) async throws(GatewayFault) -> (StoredSubscription, SigningSecret) {
    let now = clock.wall
    let id = random.timeOrderedID(at: now)
    let (secret, sealed) = try make(for: id, at: now)
    var terms = SubscriptionTerms(url: "", selection: .everything, secrets: [sealed])
    draft.apply(to: &terms)
    let new = NewSubscription(
      id: id, organisation: owner.organisation, app: owner.app, terms: terms, createdAt: now)
    let limit = limit
    let stored = try await storing { storage throws(StorageFault) in
      try await storage.createSubscription(new, limit: limit)
    }
    guard let stored else {
      throw GatewayFault(
        .tooManySubscriptions, "The app has \(limit) subscriptions; delete one of them first.")
    }
    onChange.withLock { $0 }?()
    return (stored, secret)
  }

  /// One subscription of the owner's.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func subscription(
    _ id: ResourceID, of owner: Owner
  ) async throws(GatewayFault) -> StoredSubscription {
    let found = try await storing { storage throws(StorageFault) in
      try await storage.subscription(id)
    }
    guard let found, found.organisation == owner.organisation, found.app == owner.app else {
      throw Self.noSubscription
    }
    return found
  }

  /// The owner's subscriptions in the order of their ids.
  ///
  /// - Throws: ``GatewayFault``: `storage-unavailable`.
  public func subscriptions(
    of owner: Owner, after: ResourceID?, limit: Int
  ) async throws(GatewayFault) -> [StoredSubscription] {
    try await storing { storage throws(StorageFault) in
      try await storage.subscriptions(
        of: owner.organisation, app: owner.app, after: after, limit: limit)
    }
  }

  /// Changes what a subscription wants.
  ///
  /// - Parameter version: the only one that may be changed; `nil` for whichever is in force.
  /// - Throws: ``GatewayFault``: `not-found`, `precondition-failed`, `storage-unavailable`.
  public func change(
    _ id: ResourceID, _ draft: SubscriptionDraft, of owner: Owner, version: Int64?
  ) async throws(GatewayFault) -> StoredSubscription {
    try await update(id, of: owner, version: version) { draft.apply(to: &$0) }
  }

  /// Begins or ends a pause; ending one also brings back what the gateway gave up.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `precondition-failed`, `storage-unavailable`.
  public func set(
    _ id: ResourceID, to state: SubscriptionState, of owner: Owner, version: Int64?
  ) async throws(GatewayFault) -> StoredSubscription {
    try await update(id, of: owner, version: version) { $0.state = state }
  }

  /// Gives a subscription a new secret; the former one signs too, for so long.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `precondition-failed`, `storage-unavailable`.
  public func rotateSecret(
    _ id: ResourceID, overlap: Duration, of owner: Owner, version: Int64?
  ) async throws(GatewayFault) -> (StoredSubscription, SigningSecret) {
    let now = clock.wall
    let (secret, sealed) = try make(for: id, at: now)
    let stored = try await update(id, of: owner, version: version) { terms in
      terms.secrets = SubscriptionSecrets.rotate(
        terms.secrets, to: sealed, at: now, until: now + overlap)
    }
    return (stored, secret)
  }

  /// Forgets a subscription with all of its deliveries.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `precondition-failed`, `storage-unavailable`.
  public func delete(
    _ id: ResourceID, of owner: Owner, version: Int64?
  ) async throws(GatewayFault) {
    let found = try await subscription(id, of: owner)
    if let version, version != found.version { throw Self.changed }
    _ = try await storing { storage throws(StorageFault) in
      try await storage.deleteSubscription(id)
    }
    note(id)
  }

  private func update(
    _ id: ResourceID, of owner: Owner, version: Int64?,
    _ change: @Sendable (inout SubscriptionTerms) -> Void
  ) async throws(GatewayFault) -> StoredSubscription {
    // Without a version, whoever changes it last is right; each try reads it again.
    for _ in 0..<5 {
      let found = try await subscription(id, of: owner)
      if let version, version != found.version { throw Self.changed }
      var terms = found.terms
      change(&terms)
      if terms == found.terms { return found }
      let stored: StoredSubscription?
      do throws(StorageFault) {
        stored = try await storage.updateSubscription(
          id, terms, version: found.version, at: clock.wall)
      } catch .outdated {
        continue
      } catch {
        throw Self.fault(error)
      }
      guard let stored else { throw Self.noSubscription }
      note(id)
      return stored
    }
    throw Self.changed
  }

  private func make(
    for id: ResourceID, at now: Timestamp
  ) throws(GatewayFault) -> (SigningSecret, SealedSecret) {
    do {
      return try secrets.make(for: id, at: now)
    } catch {
      throw GatewayFault(.internalError, "The secret could not be made.", cause: "\(error)")
    }
  }

  private func note(_ id: ResourceID) {
    deliverer.note(changeOf: id)
    onChange.withLock { $0 }?()
  }

  func storing<Value: Sendable>(
    _ work: @Sendable (any Storage) async throws(StorageFault) -> Value
  ) async throws(GatewayFault) -> Value {
    do throws(StorageFault) {
      return try await work(storage)
    } catch {
      throw Self.fault(error)
    }
  }

  static let noSubscription = GatewayFault(.notFound, "There is no such subscription.")

  static let changed = GatewayFault(
    .preconditionFailed, "The subscription is not the one that If-Match names.")

  static func fault(_ fault: StorageFault) -> GatewayFault {
    GatewayFault(
      .storageUnavailable, "The gateway cannot store durably at present.",
      retryAfter: .seconds(5), cause: "\(fault)")
  }
}
