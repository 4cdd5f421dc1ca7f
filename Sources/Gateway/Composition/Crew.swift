import Credentials
import GatewayCore
import HeatPumpService
import Identity
import Logging
import Reactor

/// The tasks of organisations and identity providers, which come and go with the configuration.
final class Crew: Sendable {
  private struct State: Sendable {
    var organisations: [ObjectIdentifier: [Task<Void, Never>]] = [:]
    var keepers: [ObjectIdentifier: Task<Void, Never>] = [:]
    var retiring: [Task<Void, Never>] = []
  }

  private let reactor: Reactor
  private let clock: any GatewayClock
  private let logger: Logger
  private let state = Locked(State())

  init(on reactor: Reactor, clock: any GatewayClock, logger: Logger) {
    self.reactor = reactor
    self.clock = clock
    self.logger = logger
  }

  /// Starts the work of an organisation.
  ///
  /// - Parameter isAlone: whether no other gateway has worked in its lanes since the start.
  func start(_ organisation: GatewayState.Organisation, isAlone: Bool) {
    let (service, broker) = (organisation.service, organisation.broker)
    let tasks = [
      Task(executorPreference: reactor) { await broker.run() },
      Task(executorPreference: reactor) { await service.takeUpLanes(isAlone: isAlone) },
      Task(executorPreference: reactor) { await service.verifyWrites() },
      Task(executorPreference: reactor) { await service.keepAnswers() },
      Task(executorPreference: reactor) { await service.prune() },
      // On no reactor: it reads and compares each answer, and writes JSON.
      Task { await service.detectChanges() },
      Task(executorPreference: reactor) { await service.poll() },
      Task(executorPreference: reactor) { await service.watchUpstream() },
      Task(executorPreference: reactor) { await service.discover() },
    ]
    state.withLock { $0.organisations[ObjectIdentifier(broker)] = tasks }
  }

  /// Lets an organisation that is configured no more come to its end: callers who wait for a write
  /// get their time, its lanes end between two steps, and what is queued stays stored.
  func retire(_ organisation: GatewayState.Organisation, grace: Duration) {
    let id = ObjectIdentifier(organisation.broker)
    guard let tasks = state.withLock({ $0.organisations.removeValue(forKey: id) }) else { return }
    let service = organisation.service
    let retirement = Task { [clock, logger] in
      let end = clock.monotonic + grace
      while service.isAwaited, clock.monotonic < end,
        (try? await clock.sleep(for: .milliseconds(50))) != nil
      {}
      service.stopLanes()
      for task in tasks { task.cancel() }
      for task in tasks { await task.value }
      // Its lanes were given back between two steps, and nobody holds the parts any more.
      logger.notice(
        "organisation stopped", metadata: ["organisation": "\(service.settings.name)"])
    }
    state.withLock { $0.retiring.append(retirement) }
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

  /// Ends all of it, and waits for that.
  func end() async {
    let state = state.withLock { state in
      defer { state = State() }
      return state
    }
    let tasks =
      state.organisations.values.flatMap { $0 } + Array(state.keepers.values) + state.retiring
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}
