internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import ResponseCache
internal import Storage

/// The change desk's memory, and how it does one batch of its tasks.
struct ChangeWork {
  /// All that it works with.
  struct Surroundings: Sendable {
    let organisation: String
    /// Whether it tells of heat pumps that come and go: only where all are listed now and then.
    let tellsOfMembers: @Sendable () -> Bool
    let storage: any Storage
    let journal: EventJournal
    let clock: any GatewayClock
    let random: any RandomSource
    let logger: Logger
    let alias: @Sendable (ResourceID) -> String?
    /// The known heat pumps of a user.
    let heatPumps: @Sendable (ResourceID) -> [ResourceID]
    let health: @Sendable () -> UpstreamHealth
  }

  /// What is known of one heat pump.
  private struct Known {
    var detector = ChangeDetector()
    /// Of the row in the storage; zero if there is none.
    var version: Int64 = 0
    /// Whether there is to be a row.
    var isMet = false
    /// When the answer that was looked at last had come in.
    var seenAt: MonotonicInstant?
    /// The number of the answer that was looked at last, if it has nothing more to tell.
    var settled: UInt64?
    /// What answers that came too late were told of writes: it is named once, and the next answer
    /// may be the first to show it.
    var writes: [WrittenValue] = []
  }

  private let work: Surroundings
  // Of the heat pumps that somebody listens to.
  private var known: [HeatPumpAddress: Known] = [:]
  private var isDiscovered: Bool?

  init(_ surroundings: Surroundings) {
    work = surroundings
  }

  // Somebody else who compares the same heat pumps gets ahead now and then, not always.
  private static let tries = 5

  /// Does all of it, or nothing.
  ///
  /// - Returns: the events that were stored.
  /// - Throws: ``StorageFault``.
  mutating func carryOut(
    _ entries: [ObservationQueue.Entry], resting: Set<ResourceID>
  ) async throws(StorageFault) -> [NewEvent] {
    for _ in 1..<Self.tries {
      do {
        return try await attempt(entries, resting: resting)
      } catch .outdated {
        for entry in entries { known[entry.address] = nil }
        known = known.filter { !resting.contains($0.key.user) }
        isDiscovered = nil
      }
    }
    return try await attempt(entries, resting: resting)
  }

  private mutating func attempt(
    _ entries: [ObservationQueue.Entry], resting: Set<ResourceID>
  ) async throws(StorageFault) -> [NewEvent] {
    var batch = EventBatch(events: [])
    var results: [(address: HeatPumpAddress, known: Known?)] = []
    for entry in entries {
      if entry.address == ServiceMark.discovered.address {
        try await noteDiscovery(&batch)
        continue
      }
      let before = try await load(entry.address)
      var after = before
      for task in entry.tasks { try await carryOut(task, entry.address, &after, &batch) }
      if let change = change(from: before, to: after, of: entry.address) {
        batch.detectors.append(change)
        after.version = change.state == nil ? 0 : before.version + 1
      }
      results.append((entry.address, entry.isListenedTo && after.isMet ? after : nil))
    }
    for address in addresses(of: resting, besides: entries) {
      let value = try await load(address)
      if value.version > 0, !value.detector.isNew {
        batch.detectors.append(
          DetectorChange(heatPump: reference(address), state: [], replaces: value.version))
      }
      results.append((address, nil))
    }
    if !batch.events.isEmpty || !batch.detectors.isEmpty {
      _ = try await work.journal.append(batch)
    }
    for (address, value) in results { known[address] = value }
    return batch.events
  }

  // Those of which something was told before the start, too.
  private func addresses(
    of users: Set<ResourceID>, besides entries: [ObservationQueue.Entry]
  ) -> Set<HeatPumpAddress> {
    guard !users.isEmpty else { return [] }
    var addresses = Set(known.keys.filter { users.contains($0.user) })
    for user in users {
      for id in work.heatPumps(user) { addresses.insert(HeatPumpAddress(user: user, id: id)) }
    }
    return addresses.subtracting(entries.map(\.address))
  }

  private func change(
    from before: Known, to after: Known, of address: HeatPumpAddress
  ) -> DetectorChange? {
    guard before.isMet != after.isMet || before.detector != after.detector else { return nil }
    return DetectorChange(
      heatPump: reference(address), state: after.isMet ? after.detector.stored : nil,
      replaces: before.version)
  }

  private func load(_ address: HeatPumpAddress) async throws(StorageFault) -> Known {
    if let present = known[address] { return present }
    guard let row = try await work.storage.detector(of: reference(address)) else {
      return Known()
    }
    guard let detector = ChangeDetector(stored: row.state) else {
      work.logger.error(
        "what was told of a heat pump is unreadable; it begins anew",
        metadata: ["heat_pump_id": "\(address.id)"])
      return Known(version: row.version, isMet: true)
    }
    return Known(detector: detector, version: row.version, isMet: true)
  }

  // MARK: One task

  private mutating func carryOut(
    _ task: DeskTask, _ address: HeatPumpAddress, _ known: inout Known, _ batch: inout EventBatch
  ) async throws(StorageFault) {
    switch task {
    case .observe(let observation):
      // One that was overtaken on its way here shows what is no longer the case.
      guard known.seenAt.map({ $0 <= observation.entry.fetchedAt }) ?? true else {
        known.writes = known.writes.merged(with: observation.writes)
        return
      }
      let seenAt = known.seenAt
      known.seenAt = observation.entry.fetchedAt
      if !known.isMet, try await tellsOfArrival() {
        batch.events.append(member(.added, observation.entry, at: observation.at))
      }
      known.isMet = true
      guard observation.isListenedTo else { return }
      let isOverlapped = observation.sentAt.map { sentAt in seenAt.map { $0 > sentAt } ?? false }
      try await observe(
        isOverlapped == true ? observation.ofWrittenOnly : observation, address, &known, &batch)
      known.writes = []
    case .remove(let time):
      guard known.isMet else { return }
      if work.tellsOfMembers() {
        let heatPump = EventHeatPump(
          userID: address.user, id: address.id, alias: work.alias(address.id))
        batch.events.append(event(.removed, heatPump, at: time))
      }
      known = Known(version: known.version)
    case .noteDiscovery:
      // Belongs to no heat pump, and is done before.
      break
    }
  }

  private func observe(
    _ observation: Observation, _ address: HeatPumpAddress, _ known: inout Known,
    _ batch: inout EventBatch
  ) async throws(StorageFault) {
    let entry = observation.entry
    // Before each write comes the answer that the last one got, once more. Actions are carried into
    // it, maybe later.
    if entry.number == known.settled, observation.source == .partial, !entry.document.hasActions {
      return
    }
    let writes = known.writes.merged(with: observation.writes)
    var (detector, findings) = Self.look(known.detector, observation, writes)
    let doubtful = Set(findings.flatMap(\.settingsFromOutside))
    if !doubtful.isEmpty {
      // Not noted by any answer yet, but stored before it went out.
      let sent = try await work.storage.operations(
        of: reference(address), before: nil, limit: LaneBatch.largest
      ).written(asOf: observation.at).filter { doubtful.contains($0.pointer) }
      if !sent.isEmpty {
        (detector, findings) = Self.look(
          known.detector, observation, writes.merged(with: sent))
      }
    }
    known.detector = detector
    known.settled = detector.isSettled ? entry.number : nil
    guard !findings.isEmpty else { return }
    let heatPump = EventHeatPump(entry, health: work.health(), at: observation.at)
    for finding in findings {
      batch.events.append(
        NewEvent(
          HeatPumpEvent(
            finding, id: work.random.timeOrderedID(at: observation.at), timestamp: observation.at,
            organisation: work.organisation, heatPump: heatPump)))
    }
  }

  private static func look(
    _ before: ChangeDetector, _ observation: Observation, _ writes: [WrittenValue]
  ) -> (after: ChangeDetector, findings: [DetectedChange]) {
    var detector = before
    let findings = detector.observe(
      observation.entry.document, from: observation.source, writes: writes, at: observation.at,
      withholding: observation.withheld)
    return (detector, findings)
  }

  private func member(
    _ type: HeatPumpEventType, _ entry: CachedHeatPump, at time: Timestamp
  ) -> NewEvent {
    event(type, EventHeatPump(entry, health: work.health(), at: time), at: time)
  }

  private func event(
    _ type: HeatPumpEventType, _ heatPump: EventHeatPump, at time: Timestamp
  ) -> NewEvent {
    NewEvent(
      HeatPumpEvent(
        id: work.random.timeOrderedID(at: time), type: type, timestamp: time,
        organisation: work.organisation, heatPump: heatPump))
  }

  // MARK: Coming and going

  // Before the first discovery has ended, all are new to the gateway, and to nobody else.
  private mutating func tellsOfArrival() async throws(StorageFault) -> Bool {
    guard work.tellsOfMembers() else { return false }
    if let isDiscovered { return isDiscovered }
    let mark = ServiceMark.discovered.reference(work.organisation)
    let result = try await work.storage.detector(of: mark) != nil
    isDiscovered = result
    return result
  }

  private mutating func noteDiscovery(_ batch: inout EventBatch) async throws(StorageFault) {
    guard try await !tellsOfArrival(), work.tellsOfMembers() else { return }
    let mark = ServiceMark.discovered.reference(work.organisation)
    batch.detectors.append(DetectorChange(heatPump: mark, state: [], replaces: 0))
    // Read anew next time: by then the mark is there, or it was not stored.
    isDiscovered = nil
  }

  private func reference(_ address: HeatPumpAddress) -> HeatPumpReference {
    HeatPumpReference(organisation: work.organisation, user: address.user, id: address.id)
  }
}

extension ObservationQueue.Entry {
  /// Whether any of the tasks is for listeners.
  fileprivate var isListenedTo: Bool {
    tasks.contains { task in
      guard case .observe(let observation) = task else { return false }
      return observation.isListenedTo
    }
  }
}
