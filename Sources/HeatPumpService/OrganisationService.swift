public import GatewayCore
public import HeatPumps
public import Logging
public import PoderoClient
internal import Reactor
public import ResponseCache
public import Storage

/// Everything that can be done with the heat pumps of one organisation: the one way from a route to
/// the upstream.
///
/// Callers have been authenticated and authorised before; what comes in here is allowed.
///
/// A service can be configured anew while it works, see ``init(_:settings:client:)``: that makes
/// another face of it. A request goes by the settings of the face that it began with, work without
/// a caller by those in force.
public final class OrganisationService: Sendable {
  /// The settings that this face goes by.
  public let settings: OrganisationSettings
  /// The heat pumps that are known.
  public let directory: Directory
  /// The way upstream.
  public let client: PoderoClient

  let cache: ResponseCache
  let clock: any GatewayClock
  let random: any RandomSource
  let logger: Logger
  let storage: any Storage
  let instanceID: ResourceID
  // What was fetched before was fetched by another process, whose last writes it may lack.
  let startedAt: MonotonicInstant
  let journal: EventJournal
  let desk: ChangeDesk
  let listeners: PollBoard
  let board: OperationBoard
  let bells: LaneBells
  let lanes: OwnLanes
  let emptyLanes: EmptyLanes
  let isShared: Bool
  let foreign: Locked<ForeignWrites>
  // Where callers wait for operations that another gateway may carry out.
  let elsewhere: LaneBells
  // Rung when lanes may have been left by another gateway.
  let sweepBell: Bell
  let discoveryBell: Bell
  /// Wakes those that carry jobs on.
  let jobBells: LaneBells
  let newJobBell: Bell
  let readCounters: [AtomicCounter]
  private let healthGauge: HealthGauge
  let heatPumpFlights: Coalescer<HeatPumpAddress, Result<CachedHeatPump, GatewayFault>>
  let listFlights: Coalescer<ResourceID, Result<ListedHeatPumps, GatewayFault>>
  let documentFlights: Coalescer<String, Result<CachedDocument, GatewayFault>>
  // What works here without a caller: the flights above; lanes, and what is to be stored.
  let reads: Errands
  let errands: Errands
  let state: Locked<State>
  // What the face in force goes by. It holds no face, which would hold itself.
  private let latest: Locked<Form>

  private struct Form: Sendable {
    let settings: OrganisationSettings
    let client: PoderoClient
  }

  struct State: Sendable {
    var writeMode: WriteMode
    var pending = PendingWrites()
    // Ends of waits that the storage would not take.
    var unstored: [UnstoredEnding] = []
    var keepsakes = Keepsakes()
    // Heat pumps whose need for action has changed since the last detail answer.
    var awaitingActions: [ResourceID: MonotonicInstant] = [:]
    // Heat pumps that were looked at since the start, where all are listed now and then.
    var members: Set<HeatPumpAddress> = []
    var figures = ServiceFigures()
    // The last right to each lane that was ours.
    var fences: [ResourceID: Int64] = [:]
    // Whether all were listed since the start.
    var isDiscovered = false
    var isStopping = false
  }

  /// Creates the service.
  ///
  /// - Parameters:
  ///   - storage: where operations, last answers, events and the audit trail are kept.
  ///   - journal: the way to the log of events in that storage.
  ///   - instanceID: this process, among all that share the storage.
  public init(
    settings: OrganisationSettings, directory: Directory, client: PoderoClient,
    cache: ResponseCache, storage: any Storage, journal: EventJournal, instanceID: ResourceID,
    clock: any GatewayClock, random: any RandomSource, logger: Logger
  ) {
    self.settings = settings
    self.directory = directory
    self.client = client
    self.cache = cache
    self.storage = storage
    self.instanceID = instanceID
    self.clock = clock
    startedAt = clock.monotonic
    self.random = random
    self.logger = logger
    self.journal = journal
    let gauge = HealthGauge()
    healthGauge = gauge
    board = OperationBoard()
    bells = LaneBells()
    lanes = OwnLanes()
    emptyLanes = EmptyLanes()
    isShared = storage is any SharedStorage
    foreign = Locked(ForeignWrites())
    elsewhere = LaneBells()
    sweepBell = Bell()
    discoveryBell = Bell()
    jobBells = LaneBells()
    newJobBell = Bell()
    readCounters = CacheOutcome.Kind.allCases.map { _ in AtomicCounter() }
    let reads = Errands()
    self.reads = reads
    errands = Errands()
    heatPumpFlights = Coalescer(errands: reads)
    listFlights = Coalescer(errands: reads)
    documentFlights = Coalescer(errands: reads)
    let latest = Locked(Form(settings: settings, client: client))
    self.latest = latest
    listeners = PollBoard(
      settings.polling, pollsAtOnce: settings.pollsAtOnce, now: clock.monotonic, wall: clock.wall)
    desk = ChangeDesk(
      ChangeWork.Surroundings(
        organisation: settings.name,
        tellsOfMembers: { latest.withLock { $0.settings.discoveryInterval } != nil },
        storage: storage, journal: journal, clock: clock, random: random, logger: logger,
        alias: { directory.alias(of: $0) }, heatPumps: { directory.heatPumps(of: $0) },
        health: { gauge.read(client, now: clock.monotonic) }))
    state = Locked(State(writeMode: settings.writeMode))
  }

  /// Another face of the same service: all that it knows and does is that of `former`. It comes in
  /// force with ``takeForce(after:)``.
  ///
  /// - Parameters:
  ///   - settings: of the same name and index.
  ///   - client: for the same upstream, made of the former's.
  public init(
    _ former: OrganisationService, settings: OrganisationSettings, client: PoderoClient
  ) {
    self.settings = settings
    self.client = client
    directory = former.directory
    cache = former.cache
    storage = former.storage
    instanceID = former.instanceID
    clock = former.clock
    startedAt = former.startedAt
    random = former.random
    logger = former.logger
    journal = former.journal
    desk = former.desk
    listeners = former.listeners
    board = former.board
    bells = former.bells
    lanes = former.lanes
    emptyLanes = former.emptyLanes
    isShared = former.isShared
    foreign = former.foreign
    elsewhere = former.elsewhere
    sweepBell = former.sweepBell
    discoveryBell = former.discoveryBell
    jobBells = former.jobBells
    newJobBell = former.newJobBell
    readCounters = former.readCounters
    healthGauge = former.healthGauge
    heatPumpFlights = former.heatPumpFlights
    listFlights = former.listFlights
    documentFlights = former.documentFlights
    reads = former.reads
    errands = former.errands
    state = former.state
    latest = former.latest
  }

  /// The face in force.
  var current: OrganisationService {
    let form = latest.withLock { $0 }
    if form.client === client { return self }
    return OrganisationService(self, settings: form.settings, client: form.client)
  }

  /// Lets this face be the one in force. What the service has found out stays: the way to write,
  /// unless another one is configured, and who is polled when.
  public func takeForce(after former: OrganisationService) {
    latest.withLock { $0 = Form(settings: settings, client: client) }
    client.adjustBudget()
    listeners.adjust(
      to: settings.polling, pollsAtOnce: settings.pollsAtOnce, at: clock.monotonic)
    if settings.writeMode != former.settings.writeMode { writeMode = settings.writeMode }
    discoveryBell.ring()
  }

  /// Takes other aliases, in place of all former ones. Answers from memory show them at once.
  public func setAliases(_ aliases: [String: HeatPumpAddress]) {
    let change = directory.setAliases(aliases)
    for id in change.renamed {
      let alias = directory.alias(of: id)
      cache.rename(key(id), alias: alias)
      // Never shown by the upstream, so nothing is known of it but what was configured.
      if change.removed.contains(id), cache.heatPump(key(id)) == nil { directory.drop(id) }
    }
  }

  /// Whether a caller waits for the end of a write.
  public var isAwaited: Bool { !board.isEmpty }

  /// How updates go upstream at present; `merge` once a reset was seen.
  public var writeMode: WriteMode {
    get { state.withLock { $0.writeMode } }
    set {
      let isChanged = state.withLock { state in
        defer { state.writeMode = newValue }
        return state.writeMode != newValue
      }
      guard isChanged else { return }
      logger.notice("write mode set", metadata: ["mode": "\(newValue.rawValue)"])
    }
  }

  /// Counts since the start.
  public var figures: ServiceFigures {
    var figures = state.withLock { $0.figures }
    for (kind, counter) in zip(CacheOutcome.Kind.allCases, readCounters) {
      figures.reads[kind] = counter.value
    }
    return figures
  }

  /// What became of the upstream's answers as events, since the start.
  public var eventFigures: EventFigures { desk.figures }

  /// The upstream's health as callers see it.
  public var health: UpstreamHealth { healthGauge.read(client, now: clock.monotonic) }

  func key(_ id: ResourceID) -> HeatPumpKey {
    HeatPumpKey(organisation: settings.index, id: id)
  }

  /// Keeps an answer of the upstream and returns the entry in force.
  func absorb(
    _ document: HeatPumpDocument, user: ResourceID, startedAt: MonotonicInstant,
    as kind: AnswerKind, ofUpdateSentAt sentAt: MonotonicInstant? = nil
  ) -> CachedHeatPump {
    let address = HeatPumpAddress(user: user, id: document.id)
    if isShared { foreign.withLock { $0.fetched(address.id, startedAt: startedAt) } }
    let previous = cache.heatPump(key(address.id))
    let (pending, ended, writes) = state.withLock { state in
      let (pending, ended) = state.pending.settle(
        address.id, with: document, now: clock.wall, window: settings.verificationWindow)
      return (pending, ended, state.pending.takeWritten(to: address.id))
    }
    store(ended)
    let made = CachedHeatPump(
      document: document,
      identity: HeatPumpIdentity(
        organisation: settings.name, alias: directory.alias(of: address.id), userID: user),
      fetchedAt: clock.monotonic, pending: pending, replacing: previous)
    let entry = cache.store(made, for: key(address.id), startedAt: startedAt, as: kind)
    let former = directory.learn(HeatPumpAddress(user: entry.identity.userID, id: address.id))
    keep(entry, replacing: previous)
    switch kind {
    case .detail:
      if entry === made { state.withLock { $0.awaitingActions[address.id] = nil } }
    case .partial:
      if lacksActions(document, previous: previous?.document) { refresh(address) }
    }
    if let former { putRemoval(of: HeatPumpAddress(user: former, id: address.id)) }
    // One that a newer answer has overtaken says nothing any more.
    if entry === made || entry !== previous && entry.fetchedAt == made.fetchedAt {
      put(entry, kind, writes, awaitsActions: isAwaitingActions(address.id), sentAt: sentAt)
    } else {
      state.withLock { $0.pending.giveBack(writes, to: address.id) }
    }
    return entry
  }

  // Whether the actions have to be fetched: from the moment that the need for them changes until a
  // detail answer has come in, however many tries that takes.
  private func lacksActions(
    _ document: HeatPumpDocument, previous: HeatPumpDocument?
  ) -> Bool {
    let wasNeeded = previous?.actionNeeded ?? false
    let isNews =
      document.actionNeeded
      ? !wasNeeded && !document.hasActions : wasNeeded && previous?.hasActions == true
    return state.withLock { state in
      if isNews { state.awaitingActions[document.id] = clock.monotonic }
      return state.awaitingActions[document.id] != nil
    }
  }

  /// Whether a detail answer that tells what has to be done is still to be expected. If it does not
  /// come in time, the next answer tells as much as it can.
  func isAwaitingActions(_ id: ResourceID) -> Bool {
    guard let since = state.withLock({ $0.awaitingActions[id] }) else { return false }
    return clock.monotonic - since < settings.callTimeout * 2
  }

  /// Forgets a heat pump that the upstream does not have any more below that owner.
  func forget(_ address: HeatPumpAddress) {
    let isRemoved = cache.removeHeatPump(key(address.id), of: address.user)
    guard directory.forget(address) || isRemoved else { return }
    putRemoval(of: address)
    let ended = state.withLock { state in
      state.awaitingActions[address.id] = nil
      state.keepsakes.remove(reference(address))
      return state.pending.forget(address.id)
    }
    store(ended)
  }

  /// Where work goes that no caller waits for alone: the reactor at hand, if there is one.
  var executor: (any TaskExecutor)? { Reactor.current }
}

/// Counts of one organisation since the start.
public struct ServiceFigures: Sendable, Equatable {
  /// Answers by the way they came about.
  public var reads: [CacheOutcome.Kind: Int] = [:]
  /// Writes that the upstream confirmed.
  public var writesApplied = 0
  /// Writes of which a field did not take.
  public var writesUnapplied = 0
  /// Writes that failed, were refused or have an unknown outcome.
  public var writesFailed = 0
  /// Fields that the upstream reset to its defaults.
  public var fieldsReset = 0
  /// From a write's being stored to the upstream's confirming it, in seconds.
  public var untilAccepted = HistogramFigures(bounds: [
    0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600,
  ])
  /// From a write's being stored to the device's showing it, in seconds.
  public var untilVerified = HistogramFigures(bounds: [60, 120, 300, 600, 900, 1200, 1800, 2700])
}
