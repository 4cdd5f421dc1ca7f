public import GatewayCore
public import Logging

/// Holds the organisation's access token: fetches it, renews it ahead of time, hands it out.
///
/// However many callers wait, one request is under way; a caller's deadline or cancellation ends
/// its own wait only. All decisions are ``TokenState``'s; here are the lock, the tasks and the
/// waiting.
public final class TokenBroker: Sendable {
  private typealias Place = Waiter<Result<AccessToken, CredentialFault>>

  private struct Book: Sendable {
    var state: TokenState
    var fetch: TokenFetch
    var places: [UInt64: Place] = [:]
    var nextPlace: UInt64 = 0
    var keeper: Waiter<Void>?
    var fetching: Task<Void, Never>?

    mutating func takePlace() -> (id: UInt64, place: Place) {
      nextPlace += 1
      let place = Place()
      places[nextPlace] = place
      return (nextPlace, place)
    }

    mutating func takeKeeper() -> Waiter<Void>? {
      defer { keeper = nil }
      return keeper
    }
  }

  private let book: Locked<Book>
  private let transport: any UpstreamTransport
  private let clock: any GatewayClock
  private let random: any RandomSource
  private let sharing: (any TokenSharing)?
  // What the other gateways do with their token.
  private let bell = Bell()
  private let logger: Logger

  /// Creates a broker; it asks for nothing until ``run()`` or ``token(deadline:)``.
  ///
  /// - Parameters:
  ///   - settings: how tokens are fetched, kept and renewed.
  ///   - slots: where the client credentials come from.
  ///   - sharing: where the token is that several gateways use; `nil` for a gateway of its own.
  ///   - transport: the way to the token endpoint; called from any task.
  ///   - clock: all time comes from it.
  ///   - random: all jitter comes from it.
  ///   - logger: gets generations, slots and kinds of failure, never a value.
  public init(
    settings: TokenSettings, slots: CredentialSlots, sharing: (any TokenSharing)? = nil,
    transport: any UpstreamTransport, clock: any GatewayClock, random: any RandomSource,
    logger: Logger
  ) {
    self.sharing = sharing
    let endpoint = TokenEndpoint(settings: settings, transport: transport, clock: clock)
    book = Locked(
      Book(
        state: TokenState(settings: settings),
        fetch: TokenFetch(endpoint: endpoint, slots: slots, logger: logger)))
    self.transport = transport
    self.clock = clock
    self.random = random
    self.logger = logger
  }

  /// The token that may be sent now; never one that has expired or is about to.
  public var usableToken: AccessToken? {
    let now = clock.monotonic
    return book.withLock { $0.state.usable(at: now) }
  }

  /// The state for people and metrics.
  public var status: TokenStatus {
    let now = clock.monotonic
    return book.withLock { $0.state.status(at: now) }
  }

  /// The token that may be sent now, waiting for the request under way if there is none.
  ///
  /// - Parameter deadline: when this caller gives up.
  /// - Throws: ``CredentialFault``; at once while no request may be made.
  public func token(deadline: MonotonicInstant) async throws(CredentialFault) -> AccessToken {
    let now = clock.monotonic
    let (demand, ticket) = book.withLock { book -> (TokenState.Demand, (UInt64, Place)?) in
      let demand = book.state.demand(at: now)
      guard case .wait = demand else { return (demand, nil) }
      return (demand, book.takePlace())
    }
    switch demand {
    case .use(let token): return token
    case .refuse(let fault): throw fault
    case .wait(let mustFetch):
      if mustFetch { startFetch() }
    }
    guard let (id, place) = ticket else { throw .unavailable(retryAfter: .zero) }
    let result: Result<AccessToken, CredentialFault>
    do {
      result = try await place.value(until: deadline, clock: clock)
    } catch {
      _ = book.withLock { $0.places.removeValue(forKey: id) }
      throw error == .timedOut ? .timedOut : .cancelled
    }
    return try result.get()
  }

  /// Reports that the upstream answered 401 to `token`. If it is still the present one, it is not
  /// used again; the next caller, or ``run()``, fetches another.
  public func reject(_ token: AccessToken) {
    let now = clock.monotonic
    let chance = random.fraction()
    let (isGone, keeper) = book.withLock { book in
      let isGone = book.state.reject(generation: token.generation, at: now, chance: chance)
      return (isGone, isGone ? book.takeKeeper() : nil)
    }
    keeper?.resume(())
    if isGone {
      logger.notice(
        "the upstream rejects the access token", metadata: ["generation": "\(token.generation)"])
    }
  }

  /// Reports that the upstream took `token`, so that a later 401 to one call is not blamed on it.
  public func confirm(_ token: AccessToken) {
    book.withLock { $0.state.confirm(generation: token.generation) }
  }

  /// Goes by other settings and credentials from now on. A token that can be used stays in use
  /// until there is another; if the credentials are others, that one is fetched at once.
  public func reconfigure(
    settings: TokenSettings, slots: CredentialSlots, change: CredentialChange
  ) {
    let endpoint = TokenEndpoint(settings: settings, transport: transport, clock: clock)
    let fetch = TokenFetch(endpoint: endpoint, slots: slots, logger: logger)
    let now = clock.monotonic
    let keeper = book.withLock { book in
      book.fetch = fetch
      book.state.reconfigure(settings, change, at: now)
      return book.takeKeeper()
    }
    keeper?.resume(())
  }

  /// Looks whether another gateway has a newer token, or has ended its turn to fetch one.
  public func lookAgain() {
    bell.ring()
    guard let sharing else { return }
    let (fetch, slot, generation) = book.withLock {
      ($0.fetch, $0.state.slot, $0.state.outdatedGeneration)
    }
    Task {
      guard let credentials = fetch.credentials(preferring: slot),
        case .token(let token) = await sharing.token(
          newerThan: generation, of: credentials, at: fetch.endpoint.settings.tokenURL,
          turnTime: nil)
      else { return }
      let now = clock.monotonic
      let chance = random.fraction()
      let keeper = book.withLock { book in
        book.state.adopt(token, at: now, chance: chance)
        return book.takeKeeper()
      }
      keeper?.resume(())
    }
  }

  /// Fetches a token at once and keeps it renewed until the task is cancelled. Call it once.
  public func run() async {
    while !Task.isCancelled {
      let change = Waiter<Void>()
      let now = clock.monotonic
      let step = book.withLock { book in
        book.keeper = change
        return book.state.keeperStep(at: now)
      }
      var deadline = MonotonicInstant.distantFuture
      switch step {
      case .fetch: startFetch()
      case .waitUntil(let instant): deadline = instant
      case .waitForChange: break
      }
      // All three ends of the wait lead back to the loop's condition.
      _ = try? await change.value(until: deadline, clock: clock)
    }
    book.withLock { $0.fetching }?.cancel()
  }

  // The request belongs to no caller, so that none takes it along when it leaves.
  private func startFetch() {
    let task = Task { await runFetch() }
    book.withLock { $0.fetching = task }
  }

  private func runFetch() async {
    let before = clock.monotonic
    let (fetch, state) = book.withLock { ($0.fetch, $0.state) }
    let exchange = TokenExchange(fetch: fetch, sharing: sharing, bell: bell, clock: clock) {
      [self] in
      book.withLock { $0.state.request() }
    }
    let outcome = await exchange.run(
      slot: state.slot, encoding: state.encoding, newerThan: state.outdatedGeneration,
      isUsable: state.usable(at: before) != nil, failures: state.failuresInARow)
    let now = clock.monotonic
    let chance = random.fraction()
    let (result, places, keeper, status) = book.withLock { book in
      book.state.finish(outcome, at: now, chance: chance)
      let result: Result<AccessToken, CredentialFault>
      if let token = book.state.usable(at: now) {
        result = .success(token)
      } else {
        result = .failure(book.state.coolDownFault(at: now) ?? .unavailable(retryAfter: .zero))
      }
      defer { book.places.removeAll() }
      return (result, book.places.values, book.takeKeeper(), book.state.status(at: now))
    }
    log(outcome, status)
    for place in places { place.resume(result) }
    keeper?.resume(())
  }

  private func log(_ outcome: TokenState.Outcome, _ status: TokenStatus) {
    switch outcome {
    case .granted:
      logger.info(
        "a new access token is in use",
        metadata: [
          "generation": "\(status.generation)", "slot": "\(status.slot)",
          "style": "\(status.requestStyle)",
          "expires_in": "\(Int(status.expiresIn?.seconds ?? 0)) s",
        ])
    case .adopted:
      logger.info(
        "another gateway's access token is in use",
        metadata: [
          "generation": "\(status.generation)", "slot": "\(status.slot)",
          "expires_in": "\(Int(status.expiresIn?.seconds ?? 0)) s",
        ])
    case .failed(let failure, _):
      logger.warning(
        "no new access token",
        metadata: [
          "failure": "\(failure.rawValue)", "failures": "\(status.failures)",
          "retry_in": "\(status.coolDown?.iso8601 ?? "PT0S")",
          "old_token_usable": "\(status.isUsable)",
        ])
    }
  }
}
