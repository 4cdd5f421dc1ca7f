internal import GatewayCore
internal import Logging
internal import PoderoClient
internal import ResponseCache
internal import Storage

extension OrganisationService {
  /// Learns all users and their heat pumps by listing the organisation, again and again, below all
  /// other traffic, as long as the settings say so. Ends when the task is cancelled.
  public func discover() async {
    var last: (at: MonotonicInstant, isComplete: Bool)?
    while !Task.isCancelled {
      let service = current
      guard let interval = service.settings.discoveryInterval else {
        await discoveryBell.wait(until: .distantFuture, clock: clock)
        continue
      }
      let due = last.map { last in
        // An upstream that was away for a moment must not leave the estate unknown for hours.
        last.at + (last.isComplete ? interval : min(interval, Self.discoveryRetry))
      }
      if let due, due > clock.monotonic {
        await discoveryBell.wait(until: due, clock: clock)
      } else {
        let isComplete = await service.discoverOnce()
        last = (clock.monotonic, isComplete)
      }
    }
  }

  private static var discoveryRetry: Duration { .seconds(60) }

  private func discoverOnce() async -> Bool {
    do {
      let users = try await discoverUsers()
      // Of users who are gone the upstream says so itself, and their heat pumps are forgotten.
      let former = Set(directory.all.map(\.user)).subtracting(users).sorted()
      var failures = 0
      let isKnown = await isDiscoveredBefore()
      for user in users + former where !Task.isCancelled {
        // Whom polling reads anyway need not be read all at once after each start.
        if isKnown, listeners.serves(user) { continue }
        // Nor whom another gateway reads; of those who are new here it cannot be known.
        if isKnown, listeners.isServedElsewhere(user), !directory.heatPumps(of: user).isEmpty {
          continue
        }
        do {
          _ = try await heatPumps(of: user, .none, discoveryContext)
        } catch {
          if error.type != .notFound { failures += 1 }
        }
      }
      if failures == 0 { noteDiscovery() }
      logger.info(
        "organisation discovered",
        metadata: [
          "users": "\(users.count)", "heat_pumps": "\(directory.count)",
          "failures": "\(failures)",
        ])
      return failures == 0
    } catch {
      logger.warning("discovery failed", metadata: ["fault": "\(error)"])
      return false
    }
  }

  // Before that, a heat pump that a poll meets is no new one.
  private func isDiscoveredBefore() async -> Bool {
    let mark = ServiceMark.discovered.reference(settings.name)
    return (try? await storage.detector(of: mark)) != nil
  }

  // Behind all that it has met, so that what comes later is new.
  private func noteDiscovery() {
    let isFirst = state.withLock { state in
      defer { state.isDiscovered = true }
      return !state.isDiscovered
    }
    guard isFirst else { return }
    desk.add(.noteDiscovery, of: ServiceMark.discovered.address)
  }

  private func discoverUsers() async throws(GatewayFault) -> [ResourceID] {
    let body = try await answer(.users, discoveryContext)
    guard let users = try? JSONValue(parsing: body, duplicateKeys: .lastWins).array else {
      throw GatewayFault(.upstreamUnreadable, "The upstream's list of users is not a JSON array.")
    }
    return users.compactMap { $0["id"]?.string.flatMap { ResourceID($0) } }
  }

  // A list waits its turn behind everybody else's calls, so it may take its time.
  private var discoveryContext: CallContext {
    CallContext(priority: .poll, deadline: clock.monotonic + settings.callTimeout * 4)
  }
}
