internal import GatewayCore
internal import PoderoClient
internal import ResponseCache

/// The cache's policy, applied to whatever is cached.
extension OrganisationService {
  func nothingStored<Value>(
    _ directives: CacheDirectives
  ) throws(GatewayFault) -> Served<Value>? {
    guard directives.onlyIfCached else { return nil }
    throw GatewayFault(.notCached, "Nothing is cached for this request.")
  }

  /// The entry, if it may be served without asking the upstream first.
  func atOnce<Value: CachedAnswer>(
    _ entry: Value, _ directives: CacheDirectives, refresh: () -> Void
  ) throws(GatewayFault) -> Served<Value>? {
    let now = clock.monotonic
    let age = now - entry.fetchedAt
    switch settings.cache.verdict(age: age, directives) {
    case .serve:
      break
    case .serveAndRefresh:
      if entry.refreshes.isDue(at: now) { refresh() }
    case .fetch:
      return nil
    case .refuse:
      throw GatewayFault(.notCached, "What is cached is older than this request allows.")
    }
    return counted(Served(value: entry, outcome: .hit(age: age, settings.cache)))
  }

  /// What is stored, if it may be served by now: a flight may have ended between this caller's look
  /// at the memory and the start of its own, which would then ask the upstream a second time.
  func brought<Value: CachedAnswer>(_ stored: Value?, _ directives: CacheDirectives) -> Value? {
    guard let stored else { return nil }
    let age = clock.monotonic - stored.fetchedAt
    return settings.cache.verdict(age: age, directives) == .serve ? stored : nil
  }

  /// Fetches, and falls back on what is stored.
  func fetched<Value: CachedAnswer>(
    _ directives: CacheDirectives, stored: () -> Value?, refresh: () -> Void,
    fetch: () async -> (value: Result<Value, GatewayFault>?, collapsed: Bool)
  ) async throws(GatewayFault) -> Served<Value> {
    let reason = reason(stored(), directives)
    if reason == .stale, let entry = stored() {
      let now = clock.monotonic
      if let failure = entry.refreshes.recentFailure(at: now),
        let served = replacement(entry, directives, for: failure)
      {
        if entry.refreshes.isDue(at: now) { refresh() }
        return served
      }
    }
    let (result, collapsed) = await fetch()
    switch result {
    case .success(let value):
      return counted(
        Served(
          value: value, outcome: .fetched(reason, collapsed: collapsed, settings.cache)))
    case .failure(let fault):
      guard fault.type != .notFound, let entry = stored(),
        let served = replacement(entry, directives, for: fault.type)
      else { throw fault }
      return served
    case nil:
      if let served = stored().flatMap({ replacement($0, directives, for: .upstreamTimeout) }) {
        return served
      }
      throw GatewayFault(.upstreamTimeout, "The request was given up before an answer came.")
    }
  }

  private func reason<Value: CachedAnswer>(
    _ stored: Value?, _ directives: CacheDirectives
  ) -> ForwardReason {
    guard let stored else { return .miss }
    let age = clock.monotonic - stored.fetchedAt
    guard case .fetch(let reason) = settings.cache.verdict(age: age, directives) else {
      return .stale
    }
    return reason
  }

  private func replacement<Value: CachedAnswer>(
    _ entry: Value, _ directives: CacheDirectives, for failure: ProblemType
  ) -> Served<Value>? {
    let age = clock.monotonic - entry.fetchedAt
    guard settings.cache.mayReplaceFailure(age: age, directives) else { return nil }
    return counted(Served(value: entry, outcome: .replaced(age: age, failure: failure)))
  }

  private func counted<Value>(_ served: Served<Value>) -> Served<Value> {
    readCounters[served.outcome.kind.index].add()
    return served
  }

  // MARK: Time

  /// For what nobody waits for.
  var refreshContext: CallContext {
    CallContext(priority: .refresh, deadline: clock.monotonic + settings.callTimeout)
  }

  /// Others may join the call, so it gets the whole time that a call may take; a caller with less
  /// time just stops waiting.
  func sharedContext(_ context: CallContext) -> CallContext {
    var context = context
    context.deadline = max(context.deadline, clock.monotonic + settings.callTimeout)
    return context
  }

  /// The limit of a caller in a hurry. Who has about as much time as the call itself gets its end
  /// without a timer of its own.
  func patience<Key, Value>(_ context: CallContext) -> Coalescer<Key, Value>.Patience? {
    let ordinary = clock.monotonic + settings.callTimeout - .milliseconds(100)
    guard context.deadline < ordinary else { return nil }
    return Coalescer<Key, Value>.Patience(until: context.deadline, on: clock)
  }
}
