import Credentials
import GatewayCore
import HeatPumpService
import Identity
import Logging
import Reactor

/// The tasks of organisations and identity providers, which come and go with the configuration.
final class Crew: Sendable {
  private struct State: Sendable {
    var organisations: [ObjectIdentifier: Work] = [:]
    var keepers: [ObjectIdentifier: Task<Void, Never>] = [:]
  }

  /// The endless tasks of one organisation.
  private struct Work: Sendable {
    let service: OrganisationService
    /// Those that begin something by themselves.
    let beginners: [Task<Void, Never>]
    /// Those that whatever was begun needs until its end: tokens, and who stores what it has found.
    let helpers: [Task<Void, Never>]
  }

  private let reactor: Reactor
  private let jobGate: JobGate
  private let clock: any GatewayClock
  private let logger: Logger
  private let state = Locked(State())
  private let retirements = Errands()

  /// - Parameter jobGate: says what the apps of jobs may do.
  init(
    on reactor: Reactor, jobGate: @escaping JobGate, clock: any GatewayClock, logger: Logger
  ) {
    self.reactor = reactor
    self.jobGate = jobGate
    self.clock = clock
    self.logger = logger
  }

  /// Starts the work of an organisation.
  ///
  /// - Parameter isAlone: whether no other gateway has worked in its lanes since the start.
  func start(_ organisation: GatewayState.Organisation, isAlone: Bool) {
    let (service, broker) = (organisation.service, organisation.broker)
    let work = Work(
      service: service,
      beginners: [
        Task(executorPreference: reactor) { await service.takeUpLanes(isAlone: isAlone) },
        Task(executorPreference: reactor) { await service.verifyWrites() },
        Task(executorPreference: reactor) { await service.prune() },
        Task(executorPreference: reactor) { await service.poll() },
        Task(executorPreference: reactor) { await service.watchUpstream() },
        Task(executorPreference: reactor) { await service.discover() },
        Task(executorPreference: reactor) { [jobGate] in
          await service.runJobs(isAlone: isAlone, jobGate)
        },
      ],
      helpers: [
        Task(executorPreference: reactor) { await broker.run() },
        Task(executorPreference: reactor) { await service.keepAnswers() },
        // On no reactor: it reads and compares each answer, and writes JSON.
        Task { await service.detectChanges() },
      ])
    state.withLock { $0.organisations[ObjectIdentifier(broker)] = work }
  }

  /// Lets an organisation that is configured no more come to its end: callers who wait for a write
  /// get their time, its lanes end between two steps, and what is queued stays stored.
  func retire(_ organisation: GatewayState.Organisation, grace: Duration) {
    let id = ObjectIdentifier(organisation.broker)
    guard let work = state.withLock({ $0.organisations.removeValue(forKey: id) }) else { return }
    let service = organisation.service
    retirements.start { [clock, logger] in
      let end = clock.monotonic + grace
      while service.isAwaited, clock.monotonic < end,
        (try? await clock.sleep(for: .milliseconds(50))) != nil
      {}
      await Self.end(work, by: end, hasCallers: true)
      // Nobody holds the parts any more.
      logger.notice(
        "organisation stopped", metadata: ["organisation": "\(service.settings.name)"])
    }
  }

  /// Keeps the keys of these providers fresh, and those of no other.
  func keep(_ providers: [IdentityProvider]) {
    state.withLock { state in
      let ids = Set(providers.map { ObjectIdentifier($0.keeper) })
      for (id, task) in state.keepers where !ids.contains(id) {
        task.cancel()
        state.keepers[id] = nil
      }
      for provider in providers where state.keepers[ObjectIdentifier(provider.keeper)] == nil {
        // On no reactor: making keys is work that no request should wait for.
        state.keepers[ObjectIdentifier(provider.keeper)] = Task { await provider.keeper.run() }
      }
    }
  }

  /// Ends all of it, and waits for that: what is under way has until `deadline`.
  func end(by deadline: MonotonicInstant) async {
    let state = state.withLock { state in
      defer { state = State() }
      return state
    }
    await withTaskGroup(of: Void.self) { group in
      for work in state.organisations.values {
        group.addTask { await Self.end(work, by: deadline, hasCallers: false) }
      }
      group.addTask { [self] in _ = await retirements.finish(by: deadline, clock: clock) }
    }
    await Array(state.keepers.values).end()
  }

  /// Whoever begins something ends first, whoever is needed for its end last.
  private static func end(
    _ work: Work, by deadline: MonotonicInstant, hasCallers: Bool
  ) async {
    // Before anything else, since the others' last steps may take a while.
    work.service.stopLanes()
    await work.beginners.end()
    await work.service.finish(by: deadline, hasCallers: hasCallers)
    await work.helpers.end()
  }
}

extension [Task<Void, Never>] {
  /// Cancels all, and waits for their ends.
  func end() async {
    for task in self { task.cancel() }
    for task in self { await task.value }
  }
}
