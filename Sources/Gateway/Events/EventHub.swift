import GatewayCore
import Logging
import Storage

/// Feeds all open streams of one organisation from the log: each new event is read once and written
/// once, and the same bytes go to all that may see it.
///
/// One task does all of it, so that nothing is sent twice or out of order. Whoever has something
/// for it puts that into the inbox and rings the bell; an idle stream costs nothing but its beat.
final class EventHub: Sendable {
  /// What waits for the task.
  struct Inbox: Sendable {
    var arrivals: [EventStream] = []
    /// Streams that have ended.
    var departures: [Int] = []
    /// Streams that have room again.
    var roomy: [Int] = []
    /// Whether there may be new events.
    var isRung = false
    /// Seconds that have passed.
    var beats = 0
    /// Whether all streams are to be asked whether they may go on.
    var mustCheck = false
  }

  let organisation: String
  let figures = StreamFigures()
  private let storage: any EventLogStorage
  private let clock: any GatewayClock
  private let logger: Logger
  private let inbox = Locked(Inbox())
  private let isEnded = Locked(false)
  private let bells: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  init(
    _ organisation: String, _ storage: any EventLogStorage, clock: any GatewayClock, logger: Logger
  ) {
    self.organisation = organisation
    self.storage = storage
    self.clock = clock
    self.logger = logger
    (bells, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// How many streams are open.
  var openCount: Int { figures.open.withLock { $0 } }

  /// Takes a stream over. From any thread.
  func open(_ stream: EventStream) {
    figures.open.withLock { $0 += 1 }
    put { $0.arrivals.append(stream) }
    // It came too late for the last look at the inbox.
    if isEnded.withLock({ $0 }) { stream.response.finish(StreamMessage.end(.unauthenticated)) }
  }

  /// Looks at once whether streams may go on. From any thread.
  func check() {
    put { $0.mustCheck = true }
  }

  /// Ends the hub of an organisation that is configured no more, with all of its streams.
  func end() {
    isEnded.withLock { $0 = true }
    check()
    bell.finish()
  }

  /// A stream has ended. From any thread, once for each that was opened.
  func closed(_ number: Int, _ end: StreamEnd) {
    figures.open.withLock { $0 -= 1 }
    figures.ends[end]?.add()
    put { $0.departures.append(number) }
  }

  /// There are new events. From any thread.
  func ring() {
    // Who opens a stream afterwards looks by itself.
    guard openCount > 0 else { return }
    put { $0.isRung = true }
  }

  /// A second has passed. From any thread.
  func beat() {
    guard openCount > 0 else { return }
    put { $0.beats += 1 }
  }

  /// A stream has room again. From any thread.
  func hasRoom(_ number: Int) {
    put { $0.roomy.append(number) }
  }

  /// Feeds the streams. One task runs it, until it is cancelled.
  func run() async {
    var readers = StreamReaders(self, storage, clock: clock, logger: logger)
    for await _ in bells {
      repeat {
        let news = inbox.withLock { inbox in
          defer { inbox = Inbox() }
          return inbox
        }
        readers.take(news)
        await readers.turn()
      } while readers.isBusy && !Task.isCancelled
    }
  }

  private func put(_ change: (inout Inbox) -> Void) {
    inbox.withLock(change)
    bell.yield()
  }
}
