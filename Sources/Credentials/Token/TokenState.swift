import GatewayCore

/// What the broker knows and decides, without time, network or threads of its own.
///
/// Every method is an event; what it returns is to be done by the caller.
struct TokenState: Sendable {
  /// What a caller who needs a token is told.
  enum Demand: Sendable {
    case use(AccessToken)
    /// Wait for the request under way; make it first if `mustFetch`.
    case wait(mustFetch: Bool)
    case refuse(CredentialFault)
  }

  /// What the keeper, who renews tokens ahead of time, does next.
  enum KeeperStep: Sendable, Equatable {
    case fetch
    case waitUntil(MonotonicInstant)
    case waitForChange
  }

  /// What became of one attempt, all slots and styles tried.
  enum Outcome: Sendable {
    /// The endpoint gave one; `generation` if it is shared with others.
    case granted(
      TokenGrant, slot: CredentialSlot, encoding: TokenEndpoint.Encoding, generation: UInt64? = nil)
    /// Another gateway had fetched one.
    case adopted(SharedToken)
    case failed(TokenFailure, retryAfter: Duration?)
  }

  /// A 401 to a token younger than this is suspicious: servers don't take back what they gave
  /// a moment ago.
  static let earlyAge: Duration = .seconds(10)
  /// So many early rejections in a row are cured at once; from then on with pauses.
  static let earlyRejectionLimit = 2

  private(set) var settings: TokenSettings
  private(set) var current: AccessToken?
  private(set) var generation: UInt64 = 0
  private(set) var isFetching = false
  private(set) var slot = CredentialSlot.current
  private var slotSince: MonotonicInstant?
  private(set) var encoding: TokenEndpoint.Encoding
  private(set) var coolDownEnd: MonotonicInstant?
  private(set) var lastFailure: TokenFailure?
  private(set) var failuresInARow = 0
  private var earlyRejections = 0
  private var hasProvenItself = false
  // How often the credentials were exchanged; with those of which time the token was got, and the
  // fetch under way was begun.
  private var epoch = 0
  private var tokenEpoch = 0
  private var fetchEpoch = 0
  private var fetches: UInt64 = 0
  private var failures: UInt64 = 0

  init(settings: TokenSettings) {
    self.settings = settings
    encoding = settings.style == .form ? .form : .json
  }

  /// What a token must be newer than to be of use: the present one, unless that was got with other
  /// credentials.
  var outdatedGeneration: UInt64 { tokenEpoch == epoch ? generation : 0 }

  /// The token that may be sent now, if there is one.
  func usable(at now: MonotonicInstant) -> AccessToken? {
    guard let current, current.isUsable(at: now) else { return nil }
    return current
  }

  /// A caller needs a token.
  mutating func demand(at now: MonotonicInstant) -> Demand {
    if let token = usable(at: now) { return .use(token) }
    if isFetching { return .wait(mustFetch: false) }
    if let fault = coolDownFault(at: now) { return .refuse(fault) }
    begin()
    return .wait(mustFetch: true)
  }

  /// The keeper asks what to do; after `.fetch` the attempt counts as begun.
  mutating func keeperStep(at now: MonotonicInstant) -> KeeperStep {
    if isFetching { return .waitForChange }
    let renewal = tokenEpoch == epoch ? current?.refreshAt ?? now : now
    let due = max(renewal, coolDownEnd ?? now)
    guard due <= now else { return .waitUntil(due) }
    begin()
    return .fetch
  }

  /// An attempt has ended.
  ///
  /// - Parameter chance: a number in `0..<1` for the pause or the moment of renewal.
  mutating func finish(_ outcome: Outcome, at now: MonotonicInstant, chance: Double) {
    isFetching = false
    switch outcome {
    case .granted(let grant, let slot, let encoding, let shared):
      generation = shared ?? generation + 1
      tokenEpoch = fetchEpoch
      take(grant, slot, since: now, at: now, chance: chance)
      self.encoding = encoding
    case .adopted(let token):
      if tokenEpoch != fetchEpoch { generation = 0 }
      tokenEpoch = fetchEpoch
      adopt(token, at: now, chance: chance)
    case .failed(let failure, let retryAfter):
      failures += 1
      failuresInARow += 1
      lastFailure = failure
      let pause = settings.backoff.pause(after: failuresInARow, chance: chance)
      coolDownEnd = now + max(pause, min(retryAfter ?? .zero, settings.maximumRetryAfter))
    }
  }

  /// Another gateway has fetched a token; one that is no newer than what there was changes nothing.
  mutating func adopt(_ token: SharedToken, at now: MonotonicInstant, chance: Double) {
    guard token.generation > generation else { return }
    generation = token.generation
    take(
      TokenGrant(authorization: token.authorization, life: token.life), token.slot,
      since: now - token.age, at: now, chance: chance)
  }

  private mutating func take(
    _ grant: TokenGrant, _ slot: CredentialSlot, since issued: MonotonicInstant,
    at now: MonotonicInstant, chance: Double
  ) {
    current = AccessToken(
      grant, generation: generation, at: issued, settings: settings, chance: chance)
    if slotSince == nil || self.slot != slot { slotSince = now }
    self.slot = slot
    coolDownEnd = nil
    lastFailure = nil
    failuresInARow = 0
    hasProvenItself = false
  }

  /// The endpoint is asked.
  mutating func request() { fetches += 1 }

  /// The upstream answered 401 to a token of that generation.
  ///
  /// Just the present generation counts: of a thousand calls that fail together, the first makes
  /// the token go and the others find a newer one. A server that refuses one fresh token after the
  /// other is not asked for more and more of them: after ``earlyRejectionLimit`` the pauses of
  /// failed attempts apply. If other calls were answered with that very token, the 401 is about
  /// the one call, and the token stays.
  ///
  /// - Returns: whether the token went.
  mutating func reject(generation: UInt64, at now: MonotonicInstant, chance: Double) -> Bool {
    guard let token = current, token.generation == generation else { return false }
    earlyRejections = now - token.issuedAt < Self.earlyAge ? earlyRejections + 1 : 0
    if earlyRejections > Self.earlyRejectionLimit {
      if hasProvenItself { return false }
      let attempt = earlyRejections - Self.earlyRejectionLimit
      coolDownEnd = now + settings.backoff.pause(after: attempt, chance: chance)
      lastFailure = .tokenRejected
    }
    current = nil
    return true
  }

  /// The upstream answered something other than 401 to a token of that generation.
  mutating func confirm(generation: UInt64) {
    guard current?.generation == generation, !hasProvenItself else { return }
    hasProvenItself = true
    earlyRejections = min(earlyRejections, Self.earlyRejectionLimit)
  }

  /// The settings or the credentials are others from now on.
  ///
  /// A token that can be used goes on being used until there is another. A pause after a refusal
  /// ends: what was refused may have been mended.
  mutating func reconfigure(
    _ settings: TokenSettings, _ change: CredentialChange, at now: MonotonicInstant
  ) {
    if settings.style != self.settings.style {
      encoding = settings.style == .form ? .form : .json
    }
    var isOutdated = settings.tokenURL != self.settings.tokenURL
    self.settings = settings
    switch change {
    case .none: break
    case .promoted:
      slot = .current
      slotSince = now
    case .replaced:
      slot = .current
      slotSince = nil
      isOutdated = true
    }
    if isOutdated { epoch += 1 }
    let mayBeMended = lastFailure?.isRefusal == true || lastFailure == .secretUnreadable
    if isOutdated || mayBeMended { coolDownEnd = nil }
  }

  /// What callers are told while no request may be made; `nil` if one may.
  func coolDownFault(at now: MonotonicInstant) -> CredentialFault? {
    guard let coolDownEnd, coolDownEnd > now else { return nil }
    let rest = coolDownEnd - now
    // The pause does not change what is wrong: a refusal stays a refusal.
    return lastFailure?.isRefusal == true
      ? .refused(retryAfter: rest) : .unavailable(retryAfter: rest)
  }

  func status(at now: MonotonicInstant) -> TokenStatus {
    TokenStatus(
      generation: generation, isUsable: usable(at: now) != nil,
      age: current.map { now - $0.issuedAt }, expiresIn: current.map { $0.expiresAt - now },
      slot: slot, slotAge: slotSince.map { now - $0 }, requestStyle: encoding.style,
      isFetching: isFetching,
      coolDown: coolDownEnd.flatMap { $0 > now ? $0 - now : nil }, lastFailure: lastFailure,
      fetches: fetches, failures: failures)
  }

  private mutating func begin() {
    isFetching = true
    fetchEpoch = epoch
  }
}
