public import GatewayCore
public import HeatPumps

/// The last answers of the upstream, bounded by bytes.
///
/// It knows nothing of callers: who may see an entry is asked on every request, before and not in
/// here.
public final class ResponseCache: Sendable {
  private let heatPumps: BoundedStore<HeatPumpKey, CachedHeatPump>
  private let lists: BoundedStore<HeatPumpKey, CachedList>
  private let documents: BoundedStore<DocumentKey, CachedDocument>
  private let formerSettings: BoundedStore<SettingsKey, FormerSettings>
  private let readings: ReadingHistory?

  /// How long settings that have been changed are remembered.
  public static let settingsMemory = Duration.seconds(86400)

  /// Creates a cache.
  ///
  /// - Parameter bytes: what all entries together may cost, roughly; seven tenths are for heat
  ///   pumps, and one each for lists, for statistics and for former settings.
  /// - Parameter historyBytes: what past readings may cost beside that; 0 keeps none.
  public init(bytes: Int, historyBytes: Int = 0) {
    readings = historyBytes > 0 ? ReadingHistory(bytes: historyBytes) : nil
    heatPumps = BoundedStore(limit: bytes / 10 * 7)
    lists = BoundedStore(limit: bytes / 10)
    documents = BoundedStore(limit: bytes / 10)
    formerSettings = BoundedStore(limit: bytes / 10)
  }

  /// The past readings of a heat pump, the oldest first; `nil` if none are kept at all.
  public func history(_ key: HeatPumpKey) -> [ReadingSample]? {
    readings.map { $0.samples(of: key) }
  }

  /// Entries, bytes and evictions so far; past readings are not counted.
  public var figures: (entries: Int, bytes: Int, evictions: Int) {
    [
      heatPumps.figures, lists.figures, documents.figures, formerSettings.figures,
    ].reduce((0, 0, 0)) {
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
  /// read that overlaps a write), so it does not replace that entry.
  ///
  /// - Parameters:
  ///   - startedAt: when the request for `entry` was sent.
  ///   - kind: list and update answers don't show the actions, so the known ones are carried over
  ///     into them; a detail answer is taken as it is.
  /// - Returns: the entry in force now.
  public func store(
    _ entry: CachedHeatPump, for key: HeatPumpKey, startedAt: MonotonicInstant,
    as kind: AnswerKind
  ) -> CachedHeatPump {
    var left: CachedHeatPump?
    let stored = heatPumps.update(key, cost: \.cost) { present in
      guard let present else { return entry }
      if present.fetchedAt > startedAt { return present }
      if present.settingsTag != entry.settingsTag { left = present }
      return kind == .detail ? entry : entry.carryingActions(from: present)
    }
    if let left { remember(left, for: key, until: entry.fetchedAt + Self.settingsMemory) }
    readings?.note(entry.document, of: key)
    return stored ?? entry
  }

  private func remember(
    _ left: CachedHeatPump, for key: HeatPumpKey, until end: MonotonicInstant
  ) {
    let former = FormerSettings(document: left.document, end: end)
    formerSettings.update(
      SettingsKey(heatPump: key, tag: left.settingsTag), cost: \.cost, { _ in former })
  }

  /// The answer that showed settings which have been changed since, for a day after that.
  ///
  /// - Parameter tag: names the settings, as in ``EntityTag/settings``.
  /// - Returns: `nil` if they are not known, or no longer.
  public func formerSettings(
    _ tag: UInt64, of key: HeatPumpKey, at now: MonotonicInstant
  ) -> HeatPumpDocument? {
    guard let former = formerSettings.value(SettingsKey(heatPump: key, tag: tag)),
      now < former.end
    else { return nil }
    return former.document
  }

  /// Changes what is pending on a heat pump, if there is an entry.
  public func setPending(_ pending: [PendingValue], for key: HeatPumpKey) {
    heatPumps.update(key, cost: \.cost) { $0?.with(pending: pending) }
  }

  /// Shows another alias, or none, from now on.
  public func rename(_ key: HeatPumpKey, alias: String?) {
    heatPumps.update(key, cost: \.cost) { $0?.with(alias: alias) }
  }

  /// Forgets a heat pump, because the upstream does not have it below that owner.
  ///
  /// - Returns: whether there was an entry with that owner; one with another owner stays.
  @discardableResult
  public func removeHeatPump(_ key: HeatPumpKey, of owner: ResourceID) -> Bool {
    var isRemoved = false
    heatPumps.update(key, cost: \.cost) { present in
      isRemoved = present?.identity.userID == owner
      return isRemoved ? nil : present
    }
    return isRemoved
  }

  /// The heat pumps of a user; the key's id is the user.
  public func list(_ key: HeatPumpKey) -> CachedList? {
    lists.value(key)
  }

  /// Keeps, or with `nil` forgets, the heat pumps of a user.
  public func storeList(_ list: CachedList?, for key: HeatPumpKey) {
    lists.update(key, cost: { 16 * $0.ids.capacity + 320 }) { _ in list }
  }

  /// A document that is passed on as it is.
  public func document(_ key: DocumentKey) -> CachedDocument? {
    documents.value(key)
  }

  /// Keeps, or with `nil` forgets, such a document.
  public func storeDocument(_ document: CachedDocument?, for key: DocumentKey) {
    let overhead = 2 * key.path.utf8.count + 384
    documents.update(key, cost: { $0.body.capacity + overhead }) { _ in document }
  }
}

private struct SettingsKey: Hashable, Sendable {
  let heatPump: HeatPumpKey
  let tag: UInt64
}

private struct FormerSettings: Sendable {
  let document: HeatPumpDocument
  let end: MonotonicInstant

  var cost: Int { document.upstream.capacity + 2048 }
}
