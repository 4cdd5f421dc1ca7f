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

extension OrganisationService {
  /// A heat pump from memory, if it may be served at once.
  ///
  /// - Returns: `nil` if the upstream has to be asked first.
  /// - Throws: ``GatewayFault`` (`not-cached`) if the caller wants it only from memory.
  public func heatPumpAtOnce(
    _ address: HeatPumpAddress, _ directives: CacheDirectives
  ) throws(GatewayFault) -> Served<CachedHeatPump>? {
    guard let entry = cache.heatPump(key(address.id)) else {
      return try nothingStored(directives)
    }
    guard entry.identity.userID == address.user else { throw Self.notFound }
    return try atOnce(entry, directives) { refresh(address) }
  }

  /// A heat pump, from memory or the upstream.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `not-cached`, or an upstream problem when there is no
  ///   last answer to serve in its place.
  public func heatPump(
    _ address: HeatPumpAddress, _ directives: CacheDirectives = .none, _ context: CallContext
  ) async throws(GatewayFault) -> Served<CachedHeatPump> {
    if let served = try heatPumpAtOnce(address, directives) { return served }
    let stored = cache.heatPump(key(address.id))
    return try await fetched(stored, directives) {
      await heatPumpFlights.value(for: address.id, on: executor) { [self] in
        await fetch(address, sharedContext(context))
      }
    }
  }

  /// The heat pumps of a user from memory, if they may be served at once.
  ///
  /// - Returns: `nil` if the upstream has to be asked first.
  /// - Throws: ``GatewayFault`` (`not-cached`) if the caller wants it only from memory.
  public func heatPumpsAtOnce(
    of user: ResourceID, _ directives: CacheDirectives
  ) throws(GatewayFault) -> Served<[CachedHeatPump]>? {
    guard let list = cache.list(key(user)), let entries = entries(of: list, user) else {
      return try nothingStored(directives)
    }
    guard let served = try atOnce(list, directives, refresh: { refresh(user: user) }) else {
      return nil
    }
    return Served(value: entries, outcome: served.outcome)
  }

  /// The heat pumps of a user, from memory or the upstream.
  ///
  /// - Throws: ``GatewayFault``: `not-found`, `not-cached`, or an upstream problem when there is no
  ///   last answer to serve in its place.
  public func heatPumps(
    of user: ResourceID, _ directives: CacheDirectives = .none, _ context: CallContext
  ) async throws(GatewayFault) -> Served<[CachedHeatPump]> {
    if let served = try heatPumpsAtOnce(of: user, directives) { return served }
    let stored = cache.list(key(user)).flatMap { entries(of: $0, user) == nil ? nil : $0 }
    let served = try await fetched(stored, directives) {
      await listFlights.value(for: user, on: executor) { [self] in
        await fetchList(user, sharedContext(context))
      }
    }
    return Served(value: entries(of: served.value, user) ?? [], outcome: served.outcome)
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
    let stored = cache.document(key)
    if let stored {
      let served = try atOnce(stored, directives) {
        documentFlights.start(key.path, on: executor) { [self] in
          await fetchDocument(call, key, refreshContext)
        }
      }
      if let served { return served }
    } else if let nothing: Served<CachedDocument> = try nothingStored(directives) {
      return nothing
    }
    return try await fetched(stored, directives) {
      await documentFlights.value(for: key.path, on: executor) { [self] in
        await fetchDocument(call, key, sharedContext(context))
      }
    }
  }

  /// Starts a read in the background, below all callers' traffic.
  func refresh(_ address: HeatPumpAddress) {
    heatPumpFlights.start(address.id, on: executor) { [self] in
      await fetch(address, refreshContext)
    }
  }

  func refresh(user: ResourceID) {
    listFlights.start(user, on: executor) { [self] in await fetchList(user, refreshContext) }
  }

  private var refreshContext: CallContext {
    CallContext(priority: .refresh, deadline: clock.monotonic + settings.callTimeout)
  }

  // Others may join the call, so it gets the whole time that a call may take; a caller with less
  // time just stops waiting.
  private func sharedContext(_ context: CallContext) -> CallContext {
    var context = context
    context.deadline = max(context.deadline, clock.monotonic + settings.callTimeout)
    return context
  }

  // The key names the organisation already.
  private static let noOrganisation = ResourceID(high: 0, low: 0)

  /// The answer to a heat pump that is not there or may not be seen.
  public static let notFound = GatewayFault(.notFound, "There is no such heat pump.")

  // A list whose heat pumps have partly left the cache is no list any more.
  private func entries(of list: CachedList, _ user: ResourceID) -> [CachedHeatPump]? {
    var entries: [CachedHeatPump] = []
    for id in list.ids {
      guard let entry = cache.heatPump(key(id)) else { return nil }
      if entry.identity.userID == user { entries.append(entry) }
    }
    return entries
  }
}

// MARK: - The policy, applied

extension OrganisationService {
  private func nothingStored<Value>(
    _ directives: CacheDirectives
  ) throws(GatewayFault) -> Served<Value>? {
    guard directives.onlyIfCached else { return nil }
    throw GatewayFault(.notCached, "Nothing is cached for this request.")
  }

  private func atOnce<Value: CachedAnswer>(
    _ entry: Value, _ directives: CacheDirectives, refresh: () -> Void
  ) throws(GatewayFault) -> Served<Value>? {
    let age = clock.monotonic - entry.fetchedAt
    switch settings.cache.verdict(age: age, directives) {
    case .serve:
      break
    case .serveAndRefresh:
      refresh()
    case .fetch:
      return nil
    case .refuse:
      throw GatewayFault(.notCached, "What is cached is older than this request allows.")
    }
    return counted(Served(value: entry, outcome: .hit(age: age, settings.cache)))
  }

  private func fetched<Value: CachedAnswer>(
    _ stored: Value?, _ directives: CacheDirectives,
    _ fetch: () async -> (value: Result<Value, GatewayFault>?, collapsed: Bool)
  ) async throws(GatewayFault) -> Served<Value> {
    let reason: ForwardReason =
      stored == nil ? .miss : directives.freshestOnly == nil ? .stale : .request
    let (result, collapsed) = await fetch()
    switch result {
    case .success(let value):
      return counted(
        Served(
          value: value, outcome: .fetched(reason, collapsed: collapsed, settings.cache)))
    case .failure(let fault):
      guard fault.type != .notFound, let stored else { throw fault }
      let age = clock.monotonic - stored.fetchedAt
      guard settings.cache.mayReplaceFailure(age: age, directives) else { throw fault }
      return counted(
        Served(value: stored, outcome: .replaced(age: age, failure: fault.type)))
    case nil:
      throw GatewayFault(.upstreamTimeout, "The request was given up before an answer came.")
    }
  }

  private func counted<Value>(_ served: Served<Value>) -> Served<Value> {
    readCounters[served.outcome.kind.index].add()
    return served
  }
}

// MARK: - Fetching

extension OrganisationService {
  func fetch(
    _ address: HeatPumpAddress, _ context: CallContext
  ) async -> Result<CachedHeatPump, GatewayFault> {
    let startedAt = clock.monotonic
    let call = PoderoCall.heatPump(user: address.user, id: address.id, includeDeleted: false)
    do {
      let document = try parsed(try await answer(call, context), HeatPumpDocument.init(parsing:))
      guard document.id == address.id, document.ownerID ?? address.user == address.user else {
        return .failure(Self.notFound)
      }
      return .success(absorb(document, user: address.user, startedAt: startedAt))
    } catch {
      if error.type == .notFound { forget(address.id) }
      return .failure(error)
    }
  }

  private func fetchList(
    _ user: ResourceID, _ context: CallContext
  ) async -> Result<CachedList, GatewayFault> {
    let startedAt = clock.monotonic
    do {
      let body = try await answer(.heatPumps(user: user), context)
      let documents = try parsed(body, HeatPumpDocument.list(parsing:))
        .filter { $0.ownerID ?? user == user }
      for document in documents { _ = absorb(document, user: user, startedAt: startedAt) }
      let list = CachedList(ids: documents.map(\.id), fetchedAt: clock.monotonic)
      let gone = Set(cache.list(key(user))?.ids ?? []).subtracting(list.ids)
      for id in gone { forget(id) }
      cache.storeList(list, for: key(user))
      return .success(list)
    } catch {
      if error.type == .notFound { cache.storeList(nil, for: key(user)) }
      return .failure(error)
    }
  }

  private func fetchDocument(
    _ call: PoderoCall, _ key: DocumentKey, _ context: CallContext
  ) async -> Result<CachedDocument, GatewayFault> {
    do {
      let body = try await answer(call, context)
      let document = CachedDocument(body: body, fetchedAt: clock.monotonic)
      cache.storeDocument(document, for: key)
      return .success(document)
    } catch {
      if error.type == .notFound { cache.storeDocument(nil, for: key) }
      return .failure(error)
    }
  }

  func answer(
    _ call: PoderoCall, _ context: CallContext
  ) async throws(GatewayFault) -> [UInt8] {
    do {
      return try await client.send(call, context)
    } catch {
      throw error.gatewayFault()
    }
  }

  func parsed<Value>(
    _ body: [UInt8], _ parse: ([UInt8]) throws(MappingFault) -> Value
  ) throws(GatewayFault) -> Value {
    do {
      return try parse(body)
    } catch {
      throw GatewayFault(
        .upstreamUnreadable, "The upstream's answer is not the JSON of its schema.",
        cause: "\(error)")
    }
  }
}

// MARK: - Many at once

extension OrganisationService {
  /// The last answers about many heat pumps, in their order; users whose heat pumps are too old or
  /// not there yet are listed first, a few at a time.
  ///
  /// - Returns: `nil` for a heat pump of which no answer is to be had.
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
    return addresses.map { address in
      let entry = cache.heatPump(key(address.id))
      return entry?.identity.userID == address.user ? entry : nil
    }
  }

  private static var listsAtOnce: Int { 8 }

  private func needsList(_ address: HeatPumpAddress, _ directives: CacheDirectives) -> Bool {
    guard let entry = cache.heatPump(key(address.id)) else { return !directives.onlyIfCached }
    let age = clock.monotonic - entry.fetchedAt
    switch settings.cache.verdict(age: age, directives) {
    case .serve, .refuse: return false
    case .serveAndRefresh:
      refresh(user: address.user)
      return false
    case .fetch: return true
    }
  }
}
