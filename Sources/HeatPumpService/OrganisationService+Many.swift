internal import GatewayCore
public import PoderoClient
public import ResponseCache

extension OrganisationService {
  /// The last answers about many heat pumps, in their order; users whose heat pumps are too old or
  /// not there yet are listed first, a few at a time.
  ///
  /// - Returns: `nil` for a heat pump of which no answer is to be had that the directives allow.
  public func heatPumps(
    at addresses: [HeatPumpAddress], _ directives: CacheDirectives, _ context: CallContext
  ) async -> [CachedHeatPump?] {
    let users = Set(addresses.filter { needsList($0, directives) }.map(\.user)).sorted()
    await withTaskGroup(of: Void.self) { group in
      for (index, user) in users.enumerated() {
        if index >= Self.listsAtOnce { await group.next() }
        group.addTask { [self] in _ = try? await heatPumps(of: user, directives, context) }
      }
    }
    return addresses.map { usable($0, directives) }
  }

  /// How many lists are read at the same time.
  static var listsAtOnce: Int { 8 }

  private func needsList(_ address: HeatPumpAddress, _ directives: CacheDirectives) -> Bool {
    guard let entry = cache.heatPump(key(address.id)), entry.identity.userID == address.user
    else { return !directives.onlyIfCached }
    if isDoubtful(entry) { return !directives.onlyIfCached }
    let now = clock.monotonic
    switch settings.cache.verdict(age: now - entry.fetchedAt, directives) {
    case .serve, .refuse: return false
    case .serveAndRefresh:
      if entry.refreshes.isDue(at: now) { refresh(user: address.user) }
      return false
    case .fetch: return true
    }
  }

  // What is still to be fetched after the lists were could not be.
  private func usable(
    _ address: HeatPumpAddress, _ directives: CacheDirectives
  ) -> CachedHeatPump? {
    guard let entry = cache.heatPump(key(address.id)), entry.identity.userID == address.user
    else { return nil }
    let age = clock.monotonic - entry.fetchedAt
    switch settings.cache.verdict(age: age, directives) {
    case .serve, .serveAndRefresh: return entry
    case .refuse: return nil
    case .fetch: return settings.cache.mayReplaceFailure(age: age, directives) ? entry : nil
    }
  }
}
