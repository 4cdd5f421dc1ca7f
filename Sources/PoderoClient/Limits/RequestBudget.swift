import Credentials
import GatewayCore

/// Why a call got no permit.
enum BudgetFault: Error, Sendable, Equatable {
  /// The budget does not allow it before the call's deadline.
  case exhausted(retryAfter: Duration)
  /// The call's task was cancelled.
  case cancelled
}

/// Permits to send, waited for in ``BudgetState``'s order.
final class RequestBudget: Sendable {
  private enum Grant: Sendable {
    case permit
    case refused(retryAfter: Duration)
  }

  private struct Book: Sendable {
    var state: BudgetState
    // For all gateways together.
    var settings: UpstreamSettings
    var gateways = 1
    var places: [UInt64: Waiter<Grant>] = [:]
    var lastID: UInt64 = 0
    var isTicking = false
  }

  private let book: Locked<Book>
  private let clock: any GatewayClock

  init(settings: UpstreamSettings, clock: any GatewayClock) {
    book = Locked(
      Book(state: BudgetState(settings: settings, now: clock.monotonic), settings: settings))
    self.clock = clock
  }

  var status: BudgetStatus {
    let now = clock.monotonic
    return book.withLock { $0.state.status(at: now) }
  }

  /// Goes by another rate and number from now on.
  func adjust(to settings: UpstreamSettings) {
    let now = clock.monotonic
    book.withLock { book in
      book.settings = settings
      book.state.adjust(to: settings.share(of: book.gateways), at: now)
    }
    handOut()
  }

  /// Is one of so many equal parts from now on.
  func share(among gateways: Int) {
    let now = clock.monotonic
    book.withLock { book in
      guard gateways != book.gateways, gateways > 0 else { return }
      book.gateways = gateways
      book.state.adjust(to: book.settings.share(of: gateways), at: now)
    }
    handOut()
  }

  /// Waits for a permit; give it back with ``release()``.
  ///
  /// - Throws: ``BudgetFault`` when the deadline passes or cannot be kept, the queue is full, or
  ///   the task is cancelled.
  func acquire(_ priority: CallPriority, deadline: MonotonicInstant) async throws(BudgetFault) {
    let now = clock.monotonic
    let (id, entry, place, evicted, expectedWait) = book.withLock {
      book -> (UInt64, BudgetState.Entry, Waiter<Grant>?, Waiter<Grant>?, Duration) in
      book.lastID += 1
      let id = book.lastID
      let (entry, evicted) = book.state.enter(
        id: id, priority: priority, deadline: deadline, at: now)
      if entry == .granted { return (id, entry, nil, nil, .zero) }
      let place = entry == .queued ? Waiter<Grant>() : nil
      book.places[id] = place
      return (
        id, entry, place, evicted.flatMap { book.places.removeValue(forKey: $0) },
        book.state.expectedWait(at: now)
      )
    }
    evicted?.resume(.refused(retryAfter: expectedWait))
    if case .refused(let retryAfter) = entry { throw .exhausted(retryAfter: retryAfter) }
    if let place { try await wait(at: place, id, deadline) }
  }

  private func wait(
    at place: Waiter<Grant>, _ id: UInt64, _ deadline: MonotonicInstant
  ) async throws(BudgetFault) {
    handOut()
    let grant: Grant
    do {
      grant = try await place.value(until: deadline, clock: clock)
    } catch {
      let now = clock.monotonic
      let wait = book.withLock { book in
        book.places.removeValue(forKey: id)
        book.state.leave(id)
        return book.state.expectedWait(at: now)
      }
      throw error == .timedOut ? .exhausted(retryAfter: wait) : .cancelled
    }
    if case .refused(let retryAfter) = grant { throw .exhausted(retryAfter: retryAfter) }
  }

  /// Whether the upstream wants to be left alone now.
  var isClosed: Bool {
    let now = clock.monotonic
    return book.withLock { $0.state.isClosed(at: now) }
  }

  /// Gives a permit back.
  ///
  /// - Parameter unused: nothing was sent, so the rate gets its share back too.
  func release(unused: Bool = false) {
    let isWaitedFor = book.withLock { book in
      unused ? book.state.refund() : book.state.release()
      return book.state.waitingCount > 0
    }
    if isWaitedFor { handOut() }
  }

  /// Lets nobody send for `pause`; those who can't wait so long are told so.
  func close(for pause: Duration) {
    let now = clock.monotonic
    let refused = book.withLock { book in
      book.state.close(until: now + pause).compactMap { book.places.removeValue(forKey: $0) }
    }
    for place in refused { place.resume(.refused(retryAfter: pause)) }
  }

  private func handOut() {
    let now = clock.monotonic
    while true {
      let place = book.withLock { book in
        book.state.next(at: now).flatMap { book.places.removeValue(forKey: $0) }
      }
      guard let place else { break }
      // Who left just then can't take the permit: it goes to the next one.
      if !place.resume(.permit) { book.withLock { $0.state.refund() } }
    }
    startTicking()
  }

  // One task sleeps for all who wait for nothing but time; it ends with the queue.
  private func startTicking() {
    let now = clock.monotonic
    let mustStart = book.withLock { book in
      guard !book.isTicking, book.state.nextGrant(at: now) != nil else { return false }
      book.isTicking = true
      return true
    }
    guard mustStart else { return }
    Task { [weak self, clock] in
      while let next = self?.nextTick() {
        try? await clock.sleep(until: next)
        self?.handOut()
      }
    }
  }

  private func nextTick() -> MonotonicInstant? {
    let now = clock.monotonic
    return book.withLock { book in
      let next = book.state.nextGrant(at: now)
      if next == nil { book.isTicking = false }
      return next
    }
  }
}
