import GatewayCore
import HeatPumpService
import Logging
import Storage

/// Where feed and stream get their events: the log, those who listen to it, and the streams that
/// are open.
final class EventOutlet: Sendable {
  let journal: EventJournal
  let storage: any EventLogStorage
  let listeners: ListenerBoard
  private let clock: any GatewayClock
  private let logger: Logger
  private let state: Locked<State>

  private struct State: Sendable {
    var streamsPerApp: Int
    var hubs: [Place] = []
    var lastNumber = 0
    var open: [Owner: Int] = [:]
  }

  // An organisation's hub, and its ticket at the journal.
  private struct Place: Sendable {
    let hub: EventHub
    let ticket: EventJournal.Ticket
  }

  // By name, since an app is another object whenever its organisation is configured anew.
  private struct Owner: Hashable, Sendable {
    let organisation: String
    let app: String
  }

  // After which a caller that was refused a stream may try again.
  private static let pause = Duration.seconds(5)

  /// Creates the outlet.
  ///
  /// - Parameters:
  ///   - organisations: those whose events there are.
  ///   - streamsPerApp: how many streams an app may have open.
  init(
    journal: EventJournal, storage: any EventLogStorage, organisations: [String],
    streamsPerApp: Int = .max, clock: any GatewayClock, logger: Logger
  ) {
    self.journal = journal
    self.storage = storage
    self.clock = clock
    self.logger = logger
    listeners = ListenerBoard(clock: clock)
    state = Locked(State(streamsPerApp: streamsPerApp))
    prepare(organisations)
  }

  /// The hubs, in the order in which their organisations were first configured.
  var hubs: [EventHub] { state.withLock { $0.hubs.map(\.hub) } }

  /// Makes hubs for organisations that have none yet: before requests for them may come.
  func prepare(_ organisations: [String]) {
    let known = hubs.map(\.organisation)
    for name in organisations where !known.contains(name) { add(name) }
  }

  /// Takes other organisations and another limit from now on: streams of organisations that are
  /// gone end, and all others are asked whether they may go on.
  func reconfigure(organisations: [String], streamsPerApp: Int) {
    prepare(organisations)
    let left = state.withLock { state in
      state.streamsPerApp = streamsPerApp
      let left = state.hubs.filter { !organisations.contains($0.hub.organisation) }
      state.hubs.removeAll { !organisations.contains($0.hub.organisation) }
      return left
    }
    for place in left {
      journal.unfollow(place.ticket)
      place.hub.end()
    }
    for hub in hubs { hub.check() }
  }

  private func add(_ name: String) {
    var logger = logger
    logger[metadataKey: "organisation"] = "\(name)"
    let hub = EventHub(name, storage, clock: clock, logger: logger)
    let ticket = journal.follow(name) { hub.ring() }
    state.withLock { $0.hubs.append(Place(hub: hub, ticket: ticket)) }
  }

  /// Opens a stream; it is fed while ``run()`` runs.
  ///
  /// - Parameters:
  ///   - after: the number that its reader has come to; `nil` to begin with what comes next.
  ///   - refusal: why what opens it would not any more; asked again and again.
  /// - Throws: ``GatewayFault`` (`too-many-streams`).
  func open(
    _ app: App, _ selection: EventSelection, after: Int64?,
    refusal: @escaping @Sendable () -> StreamMessage.EndReason?
  ) throws(GatewayFault) -> ResponseStream {
    guard let hub = hubs.first(where: { $0.organisation == app.organisation.settings.name }) else {
      throw GatewayFault(.internalError, "The organisation has no events.")
    }
    let id = Owner(organisation: app.organisation.settings.name, app: app.name)
    let number = try state.withLock { state throws(GatewayFault) in
      let open = state.open[id] ?? 0
      guard open < state.streamsPerApp else {
        throw GatewayFault(
          .tooManyStreams, "The app has as many streams open as it may.", retryAfter: Self.pause)
      }
      state.open[id] = open + 1
      state.lastNumber += 1
      return state.lastNumber
    }
    let response = ResponseStream(lastMessages: StreamMessage.lastMessages)
    hub.open(
      EventStream(
        number: number, app: app, audience: app.audience, selection: selection, after: after,
        response: response, refusal: refusal))
    listeners.opened(app, selection)
    response.onClose { [self] end in
      state.withLock { state in
        let open = (state.open[id] ?? 1) - 1
        state.open[id] = open > 0 ? open : nil
      }
      listeners.closed(app, selection)
      hub.closed(number, end)
    }
    return response
  }

  /// Feeds the streams, until the task is cancelled. Not on a thread that serves.
  ///
  /// Each second the hubs look by themselves: for what another gateway has stored, for beats that
  /// are due, and for streams that must end.
  func run() async {
    await withDiscardingTaskGroup { group in
      var running: Set<ObjectIdentifier> = []
      repeat {
        let hubs = hubs
        for hub in hubs {
          if running.insert(ObjectIdentifier(hub)).inserted {
            group.addTask { await hub.run() }
          } else {
            hub.beat()
          }
        }
        running.formIntersection(hubs.map { ObjectIdentifier($0) })
      } while (try? await clock.sleep(for: .seconds(1))) != nil
    }
  }
}
