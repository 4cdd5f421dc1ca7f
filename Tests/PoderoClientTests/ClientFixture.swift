import Credentials
import GatewayCore
import PoderoClient
import TestSupport

let organisation = ResourceID(high: 0x7d1f_0c9e_6a53_4c53, low: 0x9d5f_3f0a_7c0b_1a11)
let user = ResourceID(high: 1, low: 1)
let pump = ResourceID(high: 2, low: 2)
let read = PoderoCall.heatPump(user: user, id: pump)
let update = PoderoCall.update(user: user, id: pump, body: Array(#"{"comment":null}"#.utf8))
let good = FakeTransport.Step.json(["id": .string(pump.description)])
let goodBody = JSONValue(dictionaryLiteral: ("id", .string(pump.description))).encoded

func fault(_ kind: TransportFault.Kind, sent: Bool) -> FakeTransport.Step {
  .fail(TransportFault(kind, mayHaveBeenSent: sent))
}

/// A client between a clock moved by hand, a token endpoint that always grants, and a scripted API.
struct ClientFixture: Sendable {
  let clock = ManualClock()
  let log = LogRecorder()
  let observer = RecordingObserver()
  let tokens: FakeTransport
  let upstream: FakeTransport
  let broker: TokenBroker
  let client: PoderoClient

  init(
    _ script: [FakeTransport.Step] = [], then fallback: FakeTransport.Step = good,
    tokens tokenScript: [FakeTransport.Step] = [], seed: UInt64 = 1,
    configure: (inout UpstreamSettings) -> Void = { _ in }
  ) {
    let granted = Locked(0)
    tokens = FakeTransport(tokenScript) { _ in
      .token(
        granted.withLock { granted in
          granted += 1
          return "canary-\(granted)"
        })
    }
    upstream = FakeTransport(script, then: fallback)
    let random = SeededRandom(seed: seed)
    broker = TokenBroker(
      settings: TokenSettings(tokenURL: "https://login.example/token/"),
      slots: CredentialSlots(current: {
        ClientCredentials(clientID: "id", clientSecret: Secret("canary-secret"))
      }), transport: tokens, clock: clock, random: random, logger: log.logger)
    var settings = UpstreamSettings(
      organisationID: organisation, apiBase: "https://api.example/api/partners/v2.0/")
    configure(&settings)
    client = PoderoClient(
      settings: settings, broker: broker, transport: upstream, clock: clock, random: random,
      logger: log.logger, observer: observer)
  }

  func send(
    _ call: PoderoCall, _ priority: CallPriority = .read, within duration: Duration = .seconds(10),
    leavingWithin start: Duration? = nil, traceparent: String? = nil
  ) async -> Result<[UInt8], UpstreamFault> {
    do {
      return .success(
        try await client.send(
          call,
          CallContext(
            priority: priority, deadline: clock.monotonic + duration,
            latestStart: start.map { clock.monotonic + $0 }, traceparent: traceparent)))
    } catch {
      return .failure(error)
    }
  }

  /// Sends while moving the clock over the pauses between attempts, of which there are `pauses`.
  func sendThroughPauses(
    _ call: PoderoCall, pauses: Int, within duration: Duration = .seconds(10)
  ) async -> Result<[UInt8], UpstreamFault> {
    await fetchToken()
    async let result = send(call, within: duration)
    for _ in 0..<pauses {
      await clock.waitForSleepers(1)
      clock.advance(by: .milliseconds(400))
    }
    return await result
  }

  /// Has a token fetched, so that no call sleeps for one.
  func fetchToken() async {
    _ = try? await broker.token(deadline: clock.monotonic + .seconds(10))
  }

  /// The tokens that the API was called with.
  var usedTokens: [String?] { upstream.requests.map { $0.authorization?.revealedForTest } }
}

/// Keeps what the client tells about its requests.
final class RecordingObserver: UpstreamObserver {
  private struct State: Sendable {
    var seen: [UpstreamObservation] = []
    var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
  }

  private let state = Locked(State())

  var observations: [UpstreamObservation] { state.withLock { $0.seen } }

  func upstreamRequestEnded(_ observation: UpstreamObservation) {
    let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.seen.append(observation)
      guard let waiting = state.waiting, state.seen.count >= waiting.count else { return nil }
      state.waiting = nil
      return waiting.continuation
    }
    ready?.resume()
  }

  /// Waits until so many requests have ended.
  func waitForObservations(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if state.seen.count >= count { return true }
        state.waiting = (count, continuation)
        return false
      }
      if isReady { continuation.resume() }
    }
  }
}

extension Result where Failure == UpstreamFault {
  var fault: UpstreamFault? {
    guard case .failure(let fault) = self else { return nil }
    return fault
  }
}
