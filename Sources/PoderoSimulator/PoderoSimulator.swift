public import GatewayCore

/// Why a simulator did not start.
public enum SimulatorStartFault: Error, Sendable, CustomStringConvertible {
  /// A setting is out of bounds; the text says which.
  case invalidSettings(String)
  /// The address could not be listened on; the text is the system's.
  case cannotListen(String)

  /// What went wrong, for people.
  public var description: String {
    switch self {
    case .invalidSettings(let text): "invalid settings: \(text)"
    case .cannotListen(let text): "cannot listen: \(text)"
    }
  }
}

/// The double of the upstream: token endpoint, partner API and heat pumps that live, over HTTP on
/// a port of its own, with faults that can be switched on and off.
///
/// Everything here can also be done over HTTP at `/control/…`, from the same machine.
public final class PoderoSimulator: Sendable {
  private let core: SimulatorCore
  private let server: SimulatorServer
  private let host: String
  private let estate: Estate
  private let isStopped = Locked(false)

  private init(core: SimulatorCore, server: SimulatorServer, settings: SimulatorSettings) {
    self.core = core
    self.server = server
    host = settings.host
    estate = core.withState { state, _ in state.estate }
  }

  /// Starts a simulator and returns once it listens.
  ///
  /// - Throws: ``SimulatorStartFault``.
  public static func start(
    _ settings: SimulatorSettings = SimulatorSettings()
  ) async throws(SimulatorStartFault) -> PoderoSimulator {
    if let problem = settings.problem { throw .invalidSettings(problem) }
    let core = SimulatorCore(settings)
    do {
      let server = try await SimulatorServer(settings, core: core)
      return PoderoSimulator(core: core, server: server, settings: settings)
    } catch {
      throw .cannotListen(String(describing: error))
    }
  }

  /// Closes the port and all connections, and ends the threads. A second call does nothing.
  public func stop() async {
    let isFirst = isStopped.withLock { isStopped in
      defer { isStopped = true }
      return !isStopped
    }
    // A loop that was shut down would never answer again.
    guard isFirst else { return }
    await server.stop()
  }

  /// The port that it listens on.
  public var port: Int { server.port }

  /// `http://HOST:PORT`
  public var origin: String {
    "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  /// What stands before `org/…` in every API URL, with a slash at its end.
  public var apiBase: String { origin + "/api/partners/v2.0/" }

  /// The token endpoint.
  public var tokenURL: String { origin + "/oauth2/token/" }

  /// The one organisation.
  public var organisationID: ResourceID { estate.organisation }

  /// How many users there are.
  public var userCount: Int { estate.userCount }

  /// How many heat pumps there are in all.
  public var heatPumpCount: Int { estate.heatPumpCount }

  /// How every access token begins that a simulator gives out, so that one can be recognised where
  /// it should not be.
  public static let tokenPrefix = "SimulatedToken"

  /// The id of a user: `a0000000-0000-4000-8000-…` ending in `number` (from 1) in hexadecimal.
  public static func userID(_ number: Int) -> ResourceID { Estate.id(.user, number) }

  /// The id of a heat pump: `b0000000-0000-4000-8000-…` ending in `number` (from 1, counted
  /// through all users) in hexadecimal.
  public static func heatPumpID(_ number: Int) -> ResourceID { Estate.id(.heatPump, number) }

  /// All users, in their order.
  public var userIDs: [ResourceID] { (1...estate.userCount).map(Self.userID) }

  /// A user's heat pumps, in their order; empty for an unknown user.
  public func heatPumpIDs(of user: ResourceID) -> [ResourceID] {
    guard let number = estate.userNumber(user) else { return [] }
    return estate.heatPumps(ofUser: number).map(Self.heatPumpID)
  }

  /// The user to whom a heat pump belongs; `nil` for an unknown heat pump.
  public func owner(of heatPump: ResourceID) -> ResourceID? {
    estate.heatPumpNumber(heatPump).map { Self.userID(estate.owner(ofHeatPump: $0)) }
  }

  /// The simulated time.
  public var simulatedTime: Timestamp {
    core.withState { state, moment in state.clock.time(at: moment.monotonic) }
  }

  /// What was seen: `requests` by call, `statuses`, `updates` by heat pump, `concurrent_peak`,
  /// `tokens_issued` and more.
  public func stats() -> JSONValue { core.statistics }

  /// How many requests of a kind have come.
  public func requestCount(_ call: SimulatedCall) -> Int {
    core.withState { state, _ in state.counters.count(of: call) }
  }

  /// Waits until at least so many requests of a kind have come since the start or the last reset;
  /// it has then been decided what becomes of them. Cancelling the task does not end the wait.
  public func waitForRequests(_ call: SimulatedCall, count: Int) async {
    await core.wait(for: call, count: count)
  }

  /// The updates that were received, oldest first.
  ///
  /// - Parameters:
  ///   - heatPump: only this one's; `nil` for all.
  ///   - sequence: only those behind this sequence number.
  public func updates(
    of heatPump: ResourceID? = nil, after sequence: Int = 0
  ) -> [ReceivedUpdate] {
    core.updates(of: heatPump, after: sequence)
  }

  /// The calls that came and what their answers showed, oldest first; none without
  /// ``SimulatorSettings/journalFields``.
  ///
  /// - Parameter sequence: only those behind this sequence number.
  public func calls(after sequence: Int = 0) -> [SeenCall] { core.calls(after: sequence) }

  /// Sets a fault beside those that are set already.
  ///
  /// - Returns: its number, for ``clearFault(_:)``.
  @discardableResult
  public func setFault(_ fault: SimulatorFault) -> Int { core.add(fault) }

  /// Clears one fault; hanging requests go on hanging.
  ///
  /// - Returns: whether it was still set.
  @discardableResult
  public func clearFault(_ id: Int) -> Bool { core.removeFault(id) }

  /// Clears all faults and answers the requests that hang.
  public func clearFaults() { core.clearFaults() }

  /// Sets what updates do with fields that they do not name.
  public func setPutMode(_ mode: PutMode) { core.changeSettings { $0.putMode = mode } }

  /// Sets how answers show decimals.
  public func setDecimals(_ style: DecimalStyle) { core.changeSettings { $0.decimals = style } }

  /// Sets which bodies the token endpoint takes.
  public func setTokenBody(_ style: TokenBodyStyle) { core.changeSettings { $0.tokenBody = style } }

  /// Sets how long tokens issued from now on live, and whether their answers say so.
  public func setTokenLifetime(_ lifetime: Duration, omitsExpiresIn: Bool = false) {
    core.changeSettings {
      $0.tokenLifetime = lifetime
      $0.omitsExpiresIn = omitsExpiresIn
    }
  }

  /// Sets which client secrets are accepted.
  public func setClientSecrets(_ secrets: [Secret]) {
    core.changeSettings { $0.clientSecrets = secrets }
  }

  /// Makes all tokens invalid at once.
  public func revokeTokens() { core.revokeTokens() }

  /// Moves simulated time ahead at once.
  ///
  /// - Returns: the simulated time afterwards.
  @discardableResult
  public func advance(by duration: Duration) -> Timestamp { core.advance(by: duration) }

  /// Starts again from the first settings, and answers the requests that hang.
  public func reset() { core.reset() }

  /// A heat pump's true state: `heat_pump` as the detail call shows it, `physical`,
  /// `simulated_time`, `last_refresh_at`, `next_refresh_at`; `nil` if there is none with that id.
  public func heatPump(_ id: ResourceID) -> JSONValue? { core.heatPump(id) }

  /// Changes a heat pump past the upstream, as the manufacturer's app would.
  ///
  /// - Parameters:
  ///   - fields: answer fields by name, also read-only ones, `is_forecasting_enabled` and
  ///     `actions`.
  ///   - atNextRefresh: whether answers show it only after the device's next refresh.
  /// - Returns: the true state afterwards; `nil` for an unknown heat pump or field.
  @discardableResult
  public func changeHeatPump(
    _ id: ResourceID, _ fields: JSONObject, atNextRefresh: Bool = false
  ) -> JSONValue? {
    try? core.changeFromOutside(id, fields, atNextRefresh: atNextRefresh)
  }
}
