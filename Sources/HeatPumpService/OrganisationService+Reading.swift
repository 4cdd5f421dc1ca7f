public import GatewayCore
internal import HeatPumps
public import PoderoClient
public import ResponseCache

/// An answer and how it came about.
public struct Served<Value: Sendable>: Sendable {
  /// The answer.
  public let value: Value
  /// How it came about.
  public let outcome: CacheOutcome
}

/// A user's list with the heat pumps that it names.
struct ListedHeatPumps: CachedAnswer {
  let entries: [CachedHeatPump]
  let fetchedAt: MonotonicInstant
  let refreshes: RefreshRecord
}

extension OrganisationService {
  /// A heat pump from memory, if it may be served at once.
  ///
  /// - Returns: `nil` if the upstream has to be asked first.
  /// - Throws: ``GatewayFault``: `not-found`, or `not-cached` if the caller wants it only from
  ///   memory.
  public func heatPumpAtOnce(
    _ address: HeatPumpAddress, _ directives: CacheDirectives
  ) throws(GatewayFault) -> Served<CachedHeatPump>? {
    guard let entry = cache.heatPump(key(address.id)) else {
      return try nothingStored(directives)
    }
    guard entry.identity.userID == address.user else {
      return try elsewhere(entry, directives)
    }
    if isDoubtful(entry) { return try nothingStored(directives) }
    return try atOnce(entry, directives) { refresh(address) }
  }

  // It may have moved to this user since, which only the upstream knows; a caller who wants just
  // the memory learns no more than of a heat pump that does not exist.
  private func elsewhere(
    _ entry: CachedHeatPump, _ directives: CacheDirectives
  ) throws(GatewayFault) -> Served<CachedHeatPump>? {
    if directives.onlyIfCached { return try nothingStored(directives) }
    guard clock.monotonic - entry.fetchedAt >= settings.cache.fresh else { throw Self.notFound }
    return nil
  }

  /// A heat pump, from memory or the upstream.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `not-cached`, or an upstream problem when there is no
  ///   last answer to serve in its place.
  public func heatPump(
    _ address: HeatPumpAddress, _ directives: CacheDirectives = .none, _ context: CallContext
  ) async throws(GatewayFault) -> Served<CachedHeatPump> {
    if let served = try heatPumpAtOnce(address, directives) { return served }
    return try await fetched(
      directives, stored: { stored(address) }, refresh: { refresh(address) },
      fetch: {
        let (answer, collapsed) = await flight(address, directives, context)
        // It had set off before another gateway's write came to its end.
        guard collapsed, let entry = try? answer?.get(), isDoubtful(entry) else {
          return (answer, collapsed)
        }
        return await flight(address, directives, context)
      })
  }

  private func flight(
    _ address: HeatPumpAddress, _ directives: CacheDirectives, _ context: CallContext
  ) async -> (value: Result<CachedHeatPump, GatewayFault>?, collapsed: Bool) {
    // By owner too: whoever asks below the wrong one must not share the right one's answer.
    await heatPumpFlights.value(for: address, on: executor, patience: patience(context)) {
      [self] in
      if let entry = brought(stored(address), directives), !isDoubtful(entry) {
        return .success(entry)
      }
      return await fetch(address, sharedContext(context))
    }
  }

  /// The heat pumps of a user from memory, if they may be served at once.
  ///
  /// - Returns: `nil` if the upstream has to be asked first.
  /// - Throws: ``GatewayFault`` (`not-cached`) if the caller wants it only from memory.
  public func heatPumpsAtOnce(
    of user: ResourceID, _ directives: CacheDirectives
  ) throws(GatewayFault) -> Served<[CachedHeatPump]>? {
    guard let list = stored(user), !isDoubtful(list) else { return try nothingStored(directives) }
    return try atOnce(list, directives) { refresh(user: user) }?.map(\.entries)
  }

  /// The heat pumps of a user, from memory or the upstream.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `not-cached`, or an upstream problem when there is no
  ///   last answer to serve in its place.
  public func heatPumps(
    of user: ResourceID, _ directives: CacheDirectives = .none, _ context: CallContext
  ) async throws(GatewayFault) -> Served<[CachedHeatPump]> {
    if let served = try heatPumpsAtOnce(of: user, directives) { return served }
    return try await fetched(
      directives, stored: { stored(user) }, refresh: { refresh(user: user) },
      fetch: {
        let (list, collapsed) = await listFlight(user, directives, context)
        guard collapsed, let entries = try? list?.get(), isDoubtful(entries) else {
          return (list, collapsed)
        }
        return await listFlight(user, directives, context)
      }
    ).map(\.entries)
  }

  private func listFlight(
    _ user: ResourceID, _ directives: CacheDirectives, _ context: CallContext
  ) async -> (value: Result<ListedHeatPumps, GatewayFault>?, collapsed: Bool) {
    await listFlights.value(for: user, on: executor, patience: patience(context)) {
      [self] in
      if let list = brought(stored(user), directives), !isDoubtful(list) { return .success(list) }
      return await fetchList(user, sharedContext(context))
    }
  }

  func isDoubtful(_ list: ListedHeatPumps) -> Bool {
    isShared && list.entries.contains { isDoubtful($0) }
  }

  /// Statistics or savings, passed on as the upstream says them.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `not-cached`, or an upstream problem when there is no
  ///   last answer to serve in its place.
  public func document(
    _ call: PoderoCall, _ directives: CacheDirectives, _ context: CallContext
  ) async throws(GatewayFault) -> Served<CachedDocument> {
    let key = DocumentKey(
      organisation: settings.index, path: call.url(base: "", organisation: Self.noOrganisation))
    let refresh = { [self] in
      _ = documentFlights.start(key.path, on: executor) { [self] in
        await fetchDocument(call, key, refreshContext)
      }
    }
    if let stored = cache.document(key) {
      if let served = try atOnce(stored, directives, refresh: refresh) { return served }
    } else if let nothing: Served<CachedDocument> = try nothingStored(directives) {
      return nothing
    }
    return try await fetched(
      directives, stored: { cache.document(key) }, refresh: refresh,
      fetch: {
        await documentFlights.value(for: key.path, on: executor, patience: patience(context)) {
          [self] in
          if let stored = brought(cache.document(key), directives) { return .success(stored) }
          return await fetchDocument(call, key, sharedContext(context))
        }
      })
  }

  // The key names the organisation already.
  private static let noOrganisation = ResourceID(high: 0, low: 0)

  /// The answer to a heat pump that is not there or may not be seen.
  public static let notFound = GatewayFault(.notFound, "There is no such heat pump.")

  /// What a heat pump measured lately, the oldest first, as far as this gateway saw it.
  ///
  /// - Returns: `nil` if nobody is to see it, so that nothing is kept.
  public func history(of id: ResourceID) -> [ReadingSample]? { cache.history(key(id)) }

  private func stored(_ address: HeatPumpAddress) -> CachedHeatPump? {
    let entry = cache.heatPump(key(address.id))
    return entry?.identity.userID == address.user ? entry : nil
  }

  // A list whose heat pumps have partly left the cache is no list any more.
  func stored(_ user: ResourceID) -> ListedHeatPumps? {
    guard let list = cache.list(key(user)) else { return nil }
    var entries: [CachedHeatPump] = []
    entries.reserveCapacity(list.ids.count)
    for id in list.ids {
      guard let entry = cache.heatPump(key(id)) else { return nil }
      if entry.identity.userID == user { entries.append(entry) }
    }
    return ListedHeatPumps(
      entries: entries, fetchedAt: list.fetchedAt, refreshes: list.refreshes)
  }
}

extension Served {
  func map<Other: Sendable>(_ transform: (Value) -> Other) -> Served<Other> {
    Served<Other>(value: transform(value), outcome: outcome)
  }
}
