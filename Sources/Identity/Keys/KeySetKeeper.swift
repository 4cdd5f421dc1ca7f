public import GatewayCore
public import Logging

/// Keeps a provider's keys: fetches them ahead of time in the background, and keeps the last good
/// ones while the provider is away.
///
/// One task fetches, so that there is never more than one request under way, whatever tokens come.
public final class KeySetKeeper: Sendable {
  private struct Book: Sendable {
    var keys = KeySet()
    var body: [UInt8] = []
    var schedule: RefreshSchedule
    var status = Status()
    var loadedAt: MonotonicInstant?
    var sleeper: Waiter<Void>?
  }

  /// The state for people and metrics.
  public struct Status: Sendable, Equatable {
    /// How many keys there are.
    public var keys = 0
    /// How long ago they were last confirmed; `nil` if there never were any.
    public var age: Duration?
    /// How many fetches brought keys.
    public var refreshes = 0
    /// How many fetches brought none.
    public var failures = 0
  }

  private let name: String
  private let algorithms: Set<SignatureAlgorithm>
  private let source: KeySource
  private let book: Locked<Book>
  private let changes = AtomicCounter()
  private let clock: any GatewayClock
  private let random: any RandomSource
  private let logger: Logger

  /// Creates a keeper without keys; it fetches none until ``refresh()`` or ``run()``.
  ///
  /// - Parameters:
  ///   - name: the provider's, for the log.
  ///   - algorithms: those that the provider may sign with.
  ///   - source: where the keys come from.
  public init(
    name: String, algorithms: Set<SignatureAlgorithm>, source: KeySource,
    clock: any GatewayClock, random: any RandomSource, logger: Logger
  ) {
    self.name = name
    self.algorithms = algorithms
    self.source = source
    self.clock = clock
    self.random = random
    self.logger = logger
    book = Locked(Book(schedule: RefreshSchedule(at: clock.monotonic)))
  }

  /// Changes whenever the keys do, so that what was verified with former ones can be told.
  public var generation: Int { changes.value }

  /// The state for people and metrics.
  public var status: Status {
    let now = clock.monotonic
    return book.withLock { book in
      var status = book.status
      status.keys = book.keys.count
      status.age = book.loadedAt.map { now - $0 }
      return status
    }
  }

  /// The key of that id, if it is known and may be used with that algorithm.
  func key(_ id: String, _ algorithm: SignatureAlgorithm) -> VerificationKey? {
    book.withLock { $0.keys.key(id, algorithm) }
  }

  /// Has the keys fetched soon, at most once in ``RefreshSchedule/pause``.
  func reportUnknownKey() {
    let now = clock.monotonic
    let sleeper = book.withLock { book -> Waiter<Void>? in
      guard book.schedule.missedKey(at: now) else { return nil }
      defer { book.sleeper = nil }
      return book.sleeper
    }
    sleeper?.resume(())
  }

  /// Fetches the keys now, once. Not to be called while ``run()`` does it.
  ///
  /// - Throws: ``KeySetFault``; the former keys stay.
  public func refresh() async throws(KeySetFault) {
    book.withLock { $0.schedule.started(at: clock.monotonic) }
    do throws(KeySetFault) {
      let delivery = try await source.load()
      if book.withLock({ $0.body }) == delivery.body {
        succeed(nil, delivery)
      } else {
        succeed(try await KeySet(delivery.body, for: algorithms), delivery)
      }
    } catch {
      fail(error)
      throw error
    }
  }

  /// Keeps the keys fresh until the task is cancelled. Call it once.
  public func run() async {
    while !Task.isCancelled {
      let change = Waiter<Void>()
      let now = clock.monotonic
      let due = book.withLock { book in
        book.sleeper = change
        return book.schedule.due
      }
      if due <= now {
        // What went wrong is in the log, and the next try is due.
        try? await refresh()
      } else {
        // All three ends of the wait lead back to the loop's condition.
        _ = try? await change.value(until: due, clock: clock)
      }
    }
  }

  private func succeed(_ keys: KeySet?, _ delivery: KeySource.Delivery) {
    let now = clock.monotonic
    let chance = random.fraction()
    book.withLock { book in
      if let keys {
        book.keys = keys
        book.body = delivery.body
      }
      book.loadedAt = now
      book.status.refreshes += 1
      book.schedule.succeeded(at: now, freshness: delivery.freshness, chance: chance)
    }
    guard let keys else { return }
    changes.add()
    logger.info(
      "the identity provider's keys are in use",
      metadata: [
        "provider": "\(name)", "keys": "\(keys.count)",
        "skipped": "\(keys.skipped.joined(separator: ", "))",
      ])
  }

  private func fail(_ fault: KeySetFault) {
    let now = clock.monotonic
    let chance = random.fraction()
    let kept = book.withLock { book in
      book.status.failures += 1
      book.schedule.failed(at: now, chance: chance)
      return book.keys.count
    }
    // The gateway stops, and nobody has to look at anything.
    if Task.isCancelled { return }
    logger.warning(
      "the identity provider's keys could not be fetched",
      metadata: ["provider": "\(name)", "reason": "\(fault)", "keys_kept": "\(kept)"])
  }
}
