public import GatewayCore
public import HeatPumps
internal import Synchronization

/// Something that was fetched and is kept for a while.
public protocol CachedAnswer: Sendable {
  /// When the upstream's answer had come in.
  var fetchedAt: MonotonicInstant { get }
  /// How refreshing it went so far.
  var refreshes: RefreshRecord { get }
}

/// What the gateway adds to a heat pump of its own knowledge.
public struct HeatPumpIdentity: Sendable, Equatable {
  /// The organisation's configured name.
  public let organisation: String
  /// The configured alias, if any.
  public let alias: String?
  /// The owner.
  public let userID: ResourceID

  /// Creates an identity.
  public init(organisation: String, alias: String?, userID: ResourceID) {
    self.organisation = organisation
    self.alias = alias
    self.userID = userID
  }
}

/// The last answer about one heat pump, with its representations made once and used many times.
public final class CachedHeatPump: CachedAnswer {
  /// The upstream's answer.
  public let document: HeatPumpDocument
  /// What the gateway adds.
  public let identity: HeatPumpIdentity
  /// When the upstream's answer had come in.
  public let fetchedAt: MonotonicInstant
  /// What was written and is not verified yet.
  public let pending: [PendingValue]
  /// Names the settings, as in ``EntityTag/settings``.
  public let settingsTag: UInt64
  /// When an answer first showed these settings after one with others; `nil` if none with others is
  /// known.
  public let settingsSince: MonotonicInstant?
  /// Tells the upstream's answers apart: each has another number, whatever it says and whatever the
  /// gateway adds to it later.
  public let number: UInt64
  /// How refreshing it went so far.
  public let refreshes = RefreshRecord()

  private let prepared = Locked(Prepared())
  private static let numbers = Atomic<UInt64>(0)

  /// Creates an entry.
  ///
  /// - Parameter previous: the entry in whose place it comes.
  public convenience init(
    document: HeatPumpDocument, identity: HeatPumpIdentity, fetchedAt: MonotonicInstant,
    pending: [PendingValue] = [], replacing previous: CachedHeatPump? = nil
  ) {
    let tag = document.settingsTag
    let since = previous.flatMap { $0.settingsTag == tag ? $0.settingsSince : fetchedAt }
    self.init(
      document: document, identity: identity, fetchedAt: fetchedAt, pending: pending,
      settingsTag: tag, settingsSince: since,
      number: Self.numbers.wrappingAdd(1, ordering: .relaxed).newValue)
  }

  private init(
    document: HeatPumpDocument, identity: HeatPumpIdentity, fetchedAt: MonotonicInstant,
    pending: [PendingValue], settingsTag: UInt64, settingsSince: MonotonicInstant?,
    number: UInt64
  ) {
    self.document = document
    self.identity = identity
    self.fetchedAt = fetchedAt
    self.pending = pending
    self.settingsTag = settingsTag
    self.settingsSince = settingsSince
    self.number = number
  }

  /// The same answer, but for what is given.
  private convenience init(
    _ same: CachedHeatPump, document: HeatPumpDocument? = nil, identity: HeatPumpIdentity? = nil,
    pending: [PendingValue]? = nil
  ) {
    self.init(
      document: document ?? same.document, identity: identity ?? same.identity,
      fetchedAt: same.fetchedAt, pending: pending ?? same.pending, settingsTag: same.settingsTag,
      settingsSince: same.settingsSince, number: same.number)
  }

  /// The same answer with other values pending.
  func with(pending: [PendingValue]) -> CachedHeatPump {
    CachedHeatPump(self, pending: pending)
  }

  /// The same answer under another alias.
  func with(alias: String?) -> CachedHeatPump {
    CachedHeatPump(
      self,
      identity: HeatPumpIdentity(
        organisation: identity.organisation, alias: alias, userID: identity.userID))
  }

  /// The same answer with the actions of an older one, unless it has some itself.
  func carryingActions(from older: CachedHeatPump) -> CachedHeatPump {
    CachedHeatPump(self, document: document.carryingActions(from: older.document))
  }

  /// The bytes that the entry costs, both representations made: the answer with its index, and
  /// twice a body of about its size, as it is and as the server keeps it.
  var cost: Int { document.upstream.capacity + 4 * document.upstream.count + 4096 }

  /// The representation, made anew only when time or the upstream's health has changed it.
  public func representation(
    includesPersonalData: Bool, groups: Set<String>? = nil, health: UpstreamHealth,
    wall: Timestamp
  ) -> Representation {
    if let groups {
      return make(includesPersonalData, groups, health, wall)
    }
    return prepared.withLock { prepared in
      if let variant = prepared[includesPersonalData], variant.holds(health, wall) {
        return variant.representation
      }
      let variant = Variant(
        representation: make(includesPersonalData, nil, health, wall), health: health,
        validUntil: Freshness.judge(observedAt: document.observedAt, now: wall).nextChange)
      prepared[includesPersonalData] = variant
      return variant.representation
    }
  }

  /// The ready answer for a hit, shared by all requests of the same second.
  public func hit(
    includesPersonalData: Bool, health: UpstreamHealth, now: MonotonicInstant, wall: Timestamp,
    policy: CachePolicy
  ) -> (representation: Representation, response: SharedResponse) {
    let age = max(0, Int((now.nanoseconds - fetchedAt.nanoseconds) / 1_000_000_000))
    let ready = prepared.withLock { prepared -> (Representation, SharedResponse)? in
      guard let variant = prepared[includesPersonalData], variant.holds(health, wall),
        let shared = variant.shared, variant.sharedAge == age
      else { return nil }
      return (variant.representation, shared)
    }
    if let ready { return ready }
    let representation = representation(
      includesPersonalData: includesPersonalData, health: health, wall: wall)
    let shared = SharedResponse(
      representation.response(CacheOutcome.hit(age: .seconds(age), policy).headers))
    prepared.withLock { prepared in
      guard prepared[includesPersonalData]?.representation.etag == representation.etag else {
        return
      }
      prepared[includesPersonalData]?.shared = shared
      prepared[includesPersonalData]?.sharedAge = age
    }
    return (representation, shared)
  }

  private func make(
    _ includesPersonalData: Bool, _ groups: Set<String>?, _ health: UpstreamHealth,
    _ wall: Timestamp
  ) -> Representation {
    let freshness = Freshness.judge(
      observedAt: document.observedAt, now: wall, upstream: health)
    let body = document.representation(
      RepresentationContext(
        organisation: identity.organisation, alias: identity.alias, userID: identity.userID,
        freshness: freshness, pending: pending, includesPersonalData: includesPersonalData,
        groups: groups))
    return Representation(
      body: body, etag: EntityTag(settings: settingsTag, rest: stableHash(body)))
  }

  private struct Prepared: Sendable {
    private var reduced: Variant?
    private var full: Variant?

    // A key path would say the same, at several times the cost of the rest of a hit.
    @inline(__always)
    subscript(includesPersonalData: Bool) -> Variant? {
      get { includesPersonalData ? full : reduced }
      set {
        if includesPersonalData { full = newValue } else { reduced = newValue }
      }
    }
  }

  private struct Variant: Sendable {
    let representation: Representation
    let health: UpstreamHealth
    let validUntil: Timestamp?
    var shared: SharedResponse?
    var sharedAge = -1

    func holds(_ health: UpstreamHealth, _ wall: Timestamp) -> Bool {
      guard self.health == health else { return false }
      return validUntil.map { wall < $0 } ?? true
    }
  }
}

/// A body with its entity tag.
public struct Representation: Sendable, Equatable {
  /// The JSON text.
  public let body: [UInt8]
  /// Names its state.
  public let etag: EntityTag

  /// Creates a representation.
  public init(body: [UInt8], etag: EntityTag) {
    self.body = body
    self.etag = etag
  }

  /// The 200 answer with it.
  ///
  /// - Parameter headers: the caching headers and others.
  public func response(_ headers: [HTTPResponse.Header]) -> HTTPResponse {
    HTTPResponse(
      status: 200,
      headers: [
        HTTPResponse.Header("Content-Type", "application/json"),
        HTTPResponse.Header("ETag", etag.description),
      ] + headers, body: body)
  }
}
