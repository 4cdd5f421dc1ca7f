internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import ResponseCache
internal import Storage

extension OrganisationService {
  /// Notes that an answer came in, to be written behind.
  ///
  /// Settings are written as they come in force, dated ahead: those that are left before that date
  /// have been written well enough, and only others once more.
  func keep(_ entry: CachedHeatPump, replacing previous: CachedHeatPump?) {
    let heatPump = reference(
      HeatPumpAddress(user: entry.identity.userID, id: entry.document.id))
    let now = clock.wall
    var seen: [(entry: CachedHeatPump, at: Timestamp)] = []
    if previous?.settingsTag != entry.settingsTag {
      seen.append((entry, now + Self.settingsLead))
      if let previous, !isDatedAhead(previous) { seen.append((previous, now)) }
    }
    let unknown = state.withLock { state in
      state.keepsakes.add(answer: heatPump)
      return seen.filter { !state.keepsakes.renew(heatPump, $0.entry.settingsTag, at: $0.at) }
    }
    guard !unknown.isEmpty else { return }
    let settings = unknown.map { StoredSettings(heatPump, $0.entry, seenAt: $0.at) }
    state.withLock { state in
      for one in settings { state.keepsakes.add(settings: one) }
    }
  }

  private func isDatedAhead(_ entry: CachedHeatPump) -> Bool {
    guard let since = entry.settingsSince else { return false }
    return clock.monotonic - since < Self.settingsLead
  }

  /// The settings of a tag, also when they are not written yet.
  func knownSettings(
    _ heatPump: HeatPumpReference, _ tag: UInt64
  ) async throws(StorageFault) -> JSONObject? {
    let former = cache.formerSettings(tag, of: key(heatPump.id), at: clock.monotonic)
    if let former { return try? JSONValue(parsing: former.settings).object }
    var settings = state.withLock { $0.keepsakes.settings(heatPump, tag) }
    if settings == nil { settings = try await storage.settings(of: heatPump, tag: tag) }
    guard let settings, clock.wall - settings.seenAt < Self.settingsLifetime else { return nil }
    return try? JSONValue(parsing: settings.values).object
  }

  /// How long past settings are known.
  static let settingsLifetime = Duration.seconds(86400)

  private static let settingsLead = Duration.seconds(3600)

  /// Writes answers and settings behind, once a second, off every caller's way. Ends when the task
  /// is cancelled, after a last write.
  public func keepAnswers() async {
    while !Task.isCancelled {
      try? await clock.sleep(for: .seconds(1))
      await flush()
    }
    // Something may have come while the last of these ran.
    await flush()
  }

  private func flush() async {
    while true {
      let taken = state.withLock { $0.keepsakes.take(1000) }
      guard !taken.isEmpty else { return }
      let answers = taken.answers.compactMap { heatPump -> StoredHeatPump? in
        guard let entry = cache.heatPump(key(heatPump.id)) else { return nil }
        return StoredHeatPump(
          heatPump: heatPump, upstream: entry.document.upstream,
          fetchedAt: clock.wall - (clock.monotonic - entry.fetchedAt))
      }
      do {
        try await storage.keep(
          answers: answers, settings: Array(taken.settings.values), gone: Array(taken.gone))
      } catch {
        logger.warning("answers could not be kept", metadata: ["fault": "\(error)"])
        state.withLock { $0.keepsakes.putBack(taken) }
        return
      }
      if taken.answers.count < 1000 { return }
    }
  }
}
