public import GatewayCore
public import HeatPumps

/// Names a heat pump across organisations.
public struct HeatPumpKey: Hashable, Sendable {
  /// The organisation's place in the configuration.
  public let organisation: Int
  /// The heat pump.
  public let id: ResourceID

  /// Creates a key.
  public init(organisation: Int, id: ResourceID) {
    self.organisation = organisation
    self.id = id
  }

  /// Ids are random already, so one round of mixing spreads them.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(id.low ^ UInt64(truncatingIfNeeded: organisation))
  }
}

/// Names a cached answer other than a single heat pump.
public struct DocumentKey: Hashable, Sendable {
  /// The organisation's place in the configuration.
  public let organisation: Int
  /// The path below the organisation with its query, as it is sent upstream.
  public let path: String

  /// Creates a key.
  public init(organisation: Int, path: String) {
    self.organisation = organisation
    self.path = path
  }
}

/// Which heat pumps a user has.
public struct CachedList: CachedAnswer {
  /// The heat pumps in the upstream's order.
  public let ids: [ResourceID]
  /// When the upstream's answer had come in.
  public let fetchedAt: MonotonicInstant

  /// Creates an entry.
  public init(ids: [ResourceID], fetchedAt: MonotonicInstant) {
    self.ids = ids
    self.fetchedAt = fetchedAt
  }
}

/// An upstream answer that is passed on as it is.
public struct CachedDocument: CachedAnswer {
  /// The JSON text.
  public let body: [UInt8]
  /// When the upstream's answer had come in.
  public let fetchedAt: MonotonicInstant

  /// Creates an entry.
  public init(body: [UInt8], fetchedAt: MonotonicInstant) {
    self.body = body
    self.fetchedAt = fetchedAt
  }
}

/// The last answers of the upstream, bounded by bytes.
///
/// It knows nothing of callers: who may see an entry is asked on every request, before and not in
/// here.
public final class ResponseCache: Sendable {
  private let heatPumps: BoundedStore<HeatPumpKey, CachedHeatPump>
  private let lists: BoundedStore<HeatPumpKey, CachedList>
  private let documents: BoundedStore<DocumentKey, CachedDocument>

  /// Creates a cache.
  ///
  /// - Parameter bytes: what all entries together may cost, roughly; eight tenths are for heat
  ///   pumps, the rest for lists and for statistics.
  public init(bytes: Int) {
    heatPumps = BoundedStore(limit: bytes / 10 * 8)
    lists = BoundedStore(limit: bytes / 10)
    documents = BoundedStore(limit: bytes / 10)
  }

  /// Entries, bytes and evictions so far.
  public var figures: (entries: Int, bytes: Int, evictions: Int) {
    [heatPumps.figures, lists.figures, documents.figures].reduce((0, 0, 0)) {
      ($0.0 + $1.entries, $0.1 + $1.bytes, $0.2 + $1.evictions)
    }
  }

  /// The last answer about a heat pump.
  public func heatPump(_ key: HeatPumpKey) -> CachedHeatPump? {
    heatPumps.value(key)
  }

  /// Keeps an answer about a heat pump, unless a newer one is there.
  ///
  /// A request that began before the present entry came in may carry the state from before it (a
  /// read that overlaps a write), so it does not replace that entry. Known actions are carried over
  /// into answers that don't show them.
  ///
  /// - Parameters:
  ///   - startedAt: when the request for `entry` was sent.
  /// - Returns: the entry in force now.
  public func store(
    _ entry: CachedHeatPump, for key: HeatPumpKey, startedAt: MonotonicInstant
  ) -> CachedHeatPump {
    let stored = heatPumps.update(key, cost: \.cost) { present in
      guard let present else { return entry }
      if present.fetchedAt > startedAt { return present }
      return CachedHeatPump(
        document: entry.document.carryingActions(from: present.document),
        identity: entry.identity, fetchedAt: entry.fetchedAt, pending: entry.pending)
    }
    return stored ?? entry
  }

  /// Changes what is pending on a heat pump, if there is an entry.
  public func setPending(_ pending: [PendingValue], for key: HeatPumpKey) {
    heatPumps.update(key, cost: \.cost) { $0?.with(pending: pending) }
  }

  /// Forgets a heat pump, because the upstream says that it is gone.
  public func removeHeatPump(_ key: HeatPumpKey) {
    heatPumps.update(key, cost: \.cost) { _ in nil }
  }

  /// The heat pumps of a user; the key's id is the user.
  public func list(_ key: HeatPumpKey) -> CachedList? {
    lists.value(key)
  }

  /// Keeps, or with `nil` forgets, the heat pumps of a user.
  public func storeList(_ list: CachedList?, for key: HeatPumpKey) {
    lists.update(key, cost: { 16 * $0.ids.count + 96 }) { _ in list }
  }

  /// A document that is passed on as it is.
  public func document(_ key: DocumentKey) -> CachedDocument? {
    documents.value(key)
  }

  /// Keeps, or with `nil` forgets, such a document.
  public func storeDocument(_ document: CachedDocument?, for key: DocumentKey) {
    let overhead = key.path.utf8.count + 128
    documents.update(key, cost: { $0.body.count + overhead }) { _ in document }
  }
}
