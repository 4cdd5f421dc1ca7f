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
  /// The hubs, in the order of the organisations.
  let hubs: [EventHub]
  private let streamsPerApp: Int
  private let clock: any GatewayClock
  private let state = Locked(State())

  private struct State: Sendable {
    var lastNumber = 0
    var open: [ObjectIdentifier: Int] = [:]
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
    self.streamsPerApp = streamsPerApp
    self.clock = clock
    listeners = ListenerBoard(clock: clock)
    hubs = organisations.map { name in
      var logger = logger
      logger[metadataKey: "organisation"] = "\(name)"
      return EventHub(name, storage, clock: clock, logger: logger)
    }
    for hub in hubs { _ = journal.follow(hub.organisation) { hub.ring() } }
  }

  /// Opens a stream; it is fed while ``run()`` runs.
  ///
  /// - Parameters:
  ///   - after: the number that its reader has come to; `nil` to begin with what comes next.
  ///   - isPermitted: whether its key still opens it; asked again and again.
  /// - Throws: ``GatewayFault`` (`too-many-streams`).
  func open(
    _ app: App, _ selection: EventSelection, after: Int64?,
    isPermitted: @escaping @Sendable () -> Bool
  ) throws(GatewayFault) -> ResponseStream {
    guard let hub = hubs.first(where: { $0.organisation == app.organisation.settings.name }) else {
      throw GatewayFault(.internalError, "The organisation has no events.")
    }
    let id = ObjectIdentifier(app.configured)
    let number = try state.withLock { state throws(GatewayFault) in
      let open = state.open[id] ?? 0
      guard open < streamsPerApp else {
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
        response: response, isPermitted: isPermitted))
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
    await withTaskGroup(of: Void.self) { group in
      for hub in hubs { group.addTask { await hub.run() } }
      group.addTask { [self] in
        while (try? await clock.sleep(for: .seconds(1))) != nil {
          for hub in hubs { hub.beat() }
        }
      }
    }
  }
}
