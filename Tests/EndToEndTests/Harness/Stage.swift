import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// A simulator and a gateway in front of it, for one test.
struct Stage: Sendable {
  let simulator: PoderoSimulator
  let gateway: GatewayProcess
  /// All answers of the gateway so far.
  var transcript: Locked<[String]> { gateway.transcript }

  /// The app that may everything.
  var full: HTTPClient { app(.full) }
  /// The app that reads and writes.
  var portal: HTTPClient { app(.portal) }
  /// The operator.
  var `operator`: HTTPClient { admin(.operator) }

  func app(_ key: TestKey?) -> HTTPClient {
    HTTPClient(port: gateway.port, key: key, transcript: transcript)
  }

  func admin(_ key: TestKey?) -> HTTPClient {
    HTTPClient(port: gateway.adminPort, key: key, transcript: transcript)
  }

  /// The address of a heat pump below its owner.
  func path(_ number: Int, of user: Int? = nil) -> String {
    let id = PoderoSimulator.heatPumpID(number)
    let owner = user.map(PoderoSimulator.userID) ?? simulator.owner(of: id)
    return "/v1/users/\(owner?.description ?? "unknown")/heat-pumps/\(id)"
  }

  /// One figure of the gateway's metrics.
  ///
  /// - Parameter series: name and labels as they stand there, without the prefix.
  func metric(_ series: String) async throws -> Double? {
    let page = try await admin(.metrics).get("/metrics").text
    let prefix = "podero_gateway_\(series) "
    return page.split(separator: "\n").first { $0.hasPrefix(prefix) }
      .flatMap { Double($0.dropFirst(prefix.count)) }
  }

  /// How many updates the simulator has received.
  var updateCount: Int { simulator.updates().count }
}

/// Runs `body` with a simulator and a gateway of its own; both are gone afterwards, whatever
/// happened, and the gateway has ended with exit code 0 unless `body` ended it.
func withStage(
  simulator: (inout SimulatorSettings) -> Void = { _ in },
  gateway: (inout GatewaySetup) -> Void = { _ in },
  _ body: @Sendable (Stage) async throws -> Void
) async throws {
  var settings = SimulatorSettings()
  simulator(&settings)
  await Turnstile.shared.enter()
  defer { Turnstile.shared.leave() }
  let upstream = try await PoderoSimulator.start(settings)
  do {
    var setup = GatewaySetup(origin: upstream.origin)
    gateway(&setup)
    let stage = Stage(simulator: upstream, gateway: try await GatewayProcess.start(setup))
    do {
      try await body(stage)
      upstream.clearFaults()
      if stage.gateway.ending == nil {
        #expect(try await stage.gateway.terminate() == .exited(0))
      }
    } catch {
      stage.gateway.signal(9)
      Issue.record("\(error)\n\(stage.gateway.rawLog.suffix(20).joined(separator: "\n"))")
      throw error
    }
  } catch {
    await upstream.stop()
    throw error
  }
  await upstream.stop()
}

/// Lets a few tests run at a time: a machine with twenty gateways is no measure for deadlines.
final class Turnstile: Sendable {
  static let shared = Turnstile(places: 3)

  private struct State: Sendable {
    var free: Int
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Locked<State>

  init(places: Int) {
    state = Locked(State(free: places))
  }

  func enter() async {
    await withCheckedContinuation { continuation in
      let isIn = state.withLock { state in
        guard state.free == 0 else {
          state.free -= 1
          return true
        }
        state.waiters.append(continuation)
        return false
      }
      if isIn { continuation.resume() }
    }
  }

  func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
      state.free += 1
      return nil
    }
    next?.resume()
  }
}
