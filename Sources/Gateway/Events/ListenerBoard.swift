import GatewayCore
import Storage

/// Who listens to events: open streams, and readers of the feed for a while after each reading.
///
/// What somebody listens to is worth asking the upstream for.
final class ListenerBoard: Sendable {
  /// For how long who has read the feed counts as a listener.
  static let readerTime = Duration.seconds(3600)

  /// How many selections of an app are told apart; with more, it listens to everything that it may
  /// see, so that nobody makes the board grow by asking ever differently.
  static let selectionsPerApp = 64

  private struct Listener: Hashable {
    let app: ObjectIdentifier
    let selection: EventSelection
  }

  private struct Presence: Sendable {
    let app: App
    var streams = 0
    var readUntil: MonotonicInstant?

    func isOver(at now: MonotonicInstant) -> Bool {
      streams == 0 && readUntil.map { $0 <= now } ?? true
    }
  }

  private struct State: Sendable {
    var listeners: [Listener: Presence] = [:]
    var onChange: (@Sendable () -> Void)?

    /// What a reader is remembered by: the selection, unless the app has too many already.
    func remembered(_ listener: Listener) -> Listener {
      guard listeners[listener] == nil,
        listeners.keys.count(where: { $0.app == listener.app }) >= selectionsPerApp
      else { return listener }
      return Listener(app: listener.app, selection: .everything)
    }
  }

  private let clock: any GatewayClock
  private let state = Locked(State())

  init(clock: any GatewayClock) {
    self.clock = clock
  }

  /// What somebody listens to at present, each selection of an app once.
  var interests: [(app: App, selection: EventSelection)] {
    let now = clock.monotonic
    return state.withLock { state in
      state.listeners = state.listeners.filter { !$0.value.isOver(at: now) }
      return state.listeners.map { (app: $0.value.app, selection: $0.key.selection) }
    }
  }

  /// Sets who is told that somebody has begun or ceased to listen; there is one. A reader whose
  /// time is over is not told of. Called on the thread of the request, so it must not block.
  func onChange(_ handler: @escaping @Sendable () -> Void) {
    state.withLock { $0.onChange = handler }
  }

  /// A stream was opened.
  func opened(_ app: App, _ selection: EventSelection) {
    change(app, selection) { $0.streams += 1 }
  }

  /// A stream that was opened has ended.
  func closed(_ app: App, _ selection: EventSelection) {
    change(app, selection) { $0.streams -= 1 }
  }

  /// The feed was read.
  func read(_ app: App, _ selection: EventSelection) {
    let until = clock.monotonic + Self.readerTime
    change(app, selection, isReader: true) { $0.readUntil = until }
  }

  private func change(
    _ app: App, _ selection: EventSelection, isReader: Bool = false,
    _ change: (inout Presence) -> Void
  ) {
    let named = Listener(app: ObjectIdentifier(app.standing), selection: selection)
    let now = clock.monotonic
    let told = state.withLock { state -> (@Sendable () -> Void)? in
      let listener = isReader ? state.remembered(named) : named
      var presence = state.listeners[listener] ?? Presence(app: app.configured)
      let wasOver = presence.isOver(at: now)
      change(&presence)
      let isOver = presence.isOver(at: now)
      state.listeners[listener] = isOver ? nil : presence
      return wasOver == isOver ? nil : state.onChange
    }
    told?()
  }
}
