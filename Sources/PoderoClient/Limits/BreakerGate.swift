import GatewayCore
import Logging

/// The ``CircuitBreaker`` with its lock, clock and log.
final class BreakerGate: Sendable {
  private let breaker: Locked<CircuitBreaker>
  private let clock: any GatewayClock
  private let random: any RandomSource
  private let logger: Logger

  init(
    settings: UpstreamSettings, clock: any GatewayClock, random: any RandomSource, logger: Logger
  ) {
    breaker = Locked(CircuitBreaker(threshold: settings.breakerThreshold))
    self.clock = clock
    self.random = random
    self.logger = logger
  }

  var status: BreakerStatus {
    let now = clock.monotonic
    return breaker.withLock { $0.status(at: now) }
  }

  func refusal(isRead: Bool) -> CircuitBreaker.Refusal? {
    let now = clock.monotonic
    return breaker.withLock { $0.refusal(isRead: isRead, at: now) }
  }

  func admit(isRead: Bool) -> Result<CircuitBreaker.Pass, BreakerRefused> {
    let now = clock.monotonic
    return breaker.withLock { $0.admit(isRead: isRead, at: now) }
  }

  func ownProbeEnded() {
    breaker.withLock { $0.ownProbeEnded() }
  }

  /// A call that passed has ended.
  ///
  /// - Parameters:
  ///   - patience: how long the call would have waited for its answer.
  ///   - connectTimeout: how long connecting might have taken.
  func conclude(
    _ pass: CircuitBreaker.Pass, _ outcome: Result<TransportResponse, TransportFault>,
    patience: Duration, connectTimeout: Duration
  ) {
    let verdict = verdict(outcome, isPatient: patience >= connectTimeout)
    let now = clock.monotonic
    let chance = verdict == .healthy ? 0 : random.fraction()
    let (before, after) = breaker.withLock { breaker in
      let before = breaker.status(at: now)
      breaker.end(pass, verdict, at: now, chance: chance)
      return (before, breaker.status(at: now))
    }
    guard before.phase != after.phase else { return }
    logger.warning(
      "the upstream's circuit breaker changed",
      metadata: [
        "from": "\(before.phase.rawValue)", "to": "\(after.phase.rawValue)",
        "open_for": "\(after.openFor?.iso8601 ?? "-")",
      ])
  }

  private func verdict(
    _ outcome: Result<TransportResponse, TransportFault>, isPatient: Bool
  ) -> CircuitBreaker.Verdict {
    switch outcome {
    case .success(let response):
      return response.status >= 500 ? .failing : .healthy
    case .failure(let fault):
      switch fault.kind {
      case .resolve, .connect, .tls, .interrupted, .invalidAnswer: return .failing
      // A caller who gave it less time than connecting may take says nothing about the server.
      case .timeout: return isPatient ? .failing : .unknown
      case .tooLarge, .refusedTarget, .cancelled, .other: return .unknown
      }
    }
  }
}
