internal import GatewayCore
internal import HeatPumps
internal import PoderoClient
internal import ResponseCache

/// Asking the upstream, and keeping what it says.
extension OrganisationService {
  /// Starts a read in the background, below all callers' traffic.
  func refresh(_ address: HeatPumpAddress) {
    heatPumpFlights.start(address, on: executor) { [self] in
      await fetch(address, refreshContext)
    }
  }

  func refresh(user: ResourceID) {
    listFlights.start(user, on: executor) { [self] in await fetchList(user, refreshContext) }
  }

  func fetch(
    _ address: HeatPumpAddress, _ context: CallContext
  ) async -> Result<CachedHeatPump, GatewayFault> {
    if isShared { await learnForeignWrites(to: address) }
    let startedAt = clock.monotonic
    let call = PoderoCall.heatPump(user: address.user, id: address.id, includeDeleted: false)
    do {
      let document = try parsed(try await answer(call, context), HeatPumpDocument.init(parsing:))
      guard document.id == address.id, document.ownerID ?? address.user == address.user else {
        return .failure(Self.notFound)
      }
      let entry = absorb(document, user: address.user, startedAt: startedAt, as: .detail)
      // The entry in force may be a newer one, of a new owner.
      guard entry.identity.userID == address.user else { return .failure(Self.notFound) }
      return .success(entry)
    } catch {
      if error.type == .notFound {
        forget(address)
      } else {
        cache.heatPump(key(address.id))?.refreshes.failed(error.type, at: clock.monotonic)
      }
      return .failure(error)
    }
  }

  func fetchList(
    _ user: ResourceID, _ context: CallContext
  ) async -> Result<ListedHeatPumps, GatewayFault> {
    if isShared {
      for id in directory.heatPumps(of: user) {
        await learnForeignWrites(to: HeatPumpAddress(user: user, id: id))
      }
    }
    let startedAt = clock.monotonic
    // All that may be missing in the answer; what is met while it is under way may be newer.
    let known = directory.heatPumps(of: user)
    do {
      let body = try await answer(.heatPumps(user: user), context)
      let entries = try parsed(body, HeatPumpDocument.list(parsing:))
        .filter { $0.ownerID ?? user == user }
        .map { absorb($0, user: user, startedAt: startedAt, as: .partial) }
        .filter { $0.identity.userID == user }
      let list = CachedList(ids: entries.map(\.document.id), fetchedAt: clock.monotonic)
      for id in Set(known).subtracting(list.ids) where !isShown(id, of: user, since: startedAt) {
        forget(HeatPumpAddress(user: user, id: id))
      }
      cache.storeList(list, for: key(user))
      return .success(
        ListedHeatPumps(entries: entries, fetchedAt: list.fetchedAt, refreshes: list.refreshes))
    } catch {
      if error.type == .notFound {
        cache.storeList(nil, for: key(user))
        for id in directory.heatPumps(of: user) { forget(HeatPumpAddress(user: user, id: id)) }
      } else {
        cache.list(key(user))?.refreshes.failed(error.type, at: clock.monotonic)
      }
      return .failure(error)
    }
  }

  // Whether another answer has shown it meanwhile.
  private func isShown(
    _ id: ResourceID, of user: ResourceID, since instant: MonotonicInstant
  ) -> Bool {
    guard let entry = cache.heatPump(key(id)), entry.identity.userID == user else { return false }
    return entry.fetchedAt > instant
  }

  func fetchDocument(
    _ call: PoderoCall, _ key: DocumentKey, _ context: CallContext
  ) async -> Result<CachedDocument, GatewayFault> {
    do {
      let body = try await answer(call, context)
      try checkJSON(body)
      let document = CachedDocument(body: body, fetchedAt: clock.monotonic)
      cache.storeDocument(document, for: key)
      return .success(document)
    } catch {
      if error.type == .notFound {
        cache.storeDocument(nil, for: key)
      } else {
        cache.document(key)?.refreshes.failed(error.type, at: clock.monotonic)
      }
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
      throw unreadable("\(error)")
    }
  }

  // What is passed on as it is has to be JSON to its last byte all the same.
  private func checkJSON(_ body: [UInt8]) throws(GatewayFault) {
    let bytes = body.span
    var position = 0
    do throws(JSONFault) {
      JSONGrammar.skipBlanks(bytes, at: &position)
      try JSONGrammar.skipValue(bytes, at: &position, depth: 0)
      JSONGrammar.skipBlanks(bytes, at: &position)
    } catch {
      throw unreadable("\(error)")
    }
    guard position == bytes.count else { throw unreadable("more behind the end") }
  }

  private func unreadable(_ cause: String) -> GatewayFault {
    GatewayFault(
      .upstreamUnreadable, "The upstream's answer is not the JSON of its schema.", cause: cause)
  }
}
