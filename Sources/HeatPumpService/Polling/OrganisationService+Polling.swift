public import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
internal import ResponseCache
internal import Storage

extension OrganisationService {
  /// Sets the users whose heat pumps somebody listens to: their lists are polled, beginning at each
  /// one's place in the interval. The set replaces the one before. Users whose heat pumps were
  /// written to are polled for a while besides.
  public func setInterest(_ users: Set<ResourceID>) {
    listeners.setWanted(users, at: clock.monotonic)
  }

  /// All heat pumps that are known, in the order of their ids.
  public var knownHeatPumps: [HeatPumpAddress] { directory.all }

  /// What polling is at.
  public var pollFigures: PollFigures { listeners.figures }

  /// Polls the lists of those whom somebody listens to, below all other traffic. Ends when the task
  /// is cancelled.
  public func poll() async {
    listeners.setRunning(true)
    defer { listeners.setRunning(false) }
    await withDiscardingTaskGroup { group in
      var settledAt = clock.monotonic
      var adoptionDue: MonotonicInstant? = settledAt + Self.adoptionDelay
      while !Task.isCancelled {
        let now = clock.monotonic
        if now - settledAt >= Self.settlingInterval {
          settledAt = now
          settleListeners(at: now)
        }
        if let due = adoptionDue, now >= due {
          adoptionDue = await adoptFormerListening(at: now) ? nil : now + Self.adoptionDelay
        }
        switch listeners.step(pollRoom, at: now) {
        case .poll(let user):
          group.addTask { [self] in
            let outcome = await current.pollList(of: user)
            listeners.ended(outcome, at: clock.monotonic)
          }
        case .wait(let bell, let time):
          _ = try? await bell.value(until: time, clock: clock)
        }
      }
    }
  }

  private static var settlingInterval: Duration { .seconds(5) }
  // By then it is known who listens.
  private static var adoptionDelay: Duration { .seconds(60) }

  /// Takes up whose heat pumps were listened to before the start, so that what was told of them is
  /// forgotten in time if nobody comes back.
  ///
  /// - Returns: whether all were seen.
  private func adoptFormerListening(at now: MonotonicInstant) async -> Bool {
    var last: HeatPumpReference?
    do throws(StorageFault) {
      while !Task.isCancelled {
        let page = try await storage.detectors(of: settings.name, after: last, limit: 500)
        let told = page.filter { !$0.state.isEmpty }.map(\.heatPump.user)
        listeners.adopt(Set(told), at: now)
        guard page.count == 500, let next = page.last?.heatPump else { break }
        last = next
      }
      return true
    } catch {
      logger.debug("former listening could not be read", metadata: ["fault": "\(error)"])
      return false
    }
  }

  private func settleListeners(at now: MonotonicInstant) {
    let pending = state.withLock { $0.pending.heatPumps }
    let users = Set(pending.compactMap { directory.address(of: $0)?.user })
    desk.rest(listeners.settle(pending: users, at: now))
  }

  // A poll that is refused waits a whole interval for its next turn, so it is better not begun.
  private var pollRoom: PollRoom {
    if client.health == .ok { return .open }
    let status = client.status
    switch status.breaker.phase {
    case .open: return .closed
    case .halfOpen: return .single
    case .closed: break
    }
    if status.budget.closedFor != nil { return .closed }
    return status.health == .down ? .single : .open
  }

  private func pollList(of user: ResourceID) async -> PollOutcome {
    if let list = recentList(of: user) {
      // It may have been read before anybody listened.
      for entry in list.entries { putAgain(entry) }
      noteObservation(of: user, list)
      return .cached
    }
    let context = CallContext(
      priority: .poll, deadline: clock.monotonic + settings.callTimeout * 4)
    let (result, _) = await listFlights.value(for: user, on: executor) { [self] in
      await fetchList(user, context)
    }
    switch result {
    case .success(let list):
      noteObservation(of: user, list)
      return .read
    case .failure(let fault):
      switch fault.type {
      case .notFound: return .notFound
      case .upstreamThrottled: return .throttled
      default: return .failed
      }
    case nil: return .failed
    }
  }

  private func recentList(of user: ResourceID) -> ListedHeatPumps? {
    guard let list = stored(user), list.fetchedAt >= startedAt,
      clock.monotonic - list.fetchedAt < min(settings.cache.fresh, settings.polling.afterWrite / 2),
      !isDoubtful(list)
    else { return nil }
    return list
  }

  private func putAgain(_ entry: CachedHeatPump) {
    let id = entry.document.id
    let writes = state.withLock { $0.pending.takeWritten(to: id) }
    put(entry, .partial, writes, awaitsActions: isAwaitingActions(id))
  }

  private func noteObservation(of user: ResourceID, _ list: ListedHeatPumps) {
    guard let newest = list.entries.compactMap(\.document.observedAt).max() else { return }
    listeners.observed(user, at: newest, now: clock.monotonic)
  }
}
