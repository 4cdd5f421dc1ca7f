import Credentials
import GatewayCore

/// The breaker's state for people and metrics.
public struct BreakerStatus: Sendable, Equatable {
  /// Whether calls pass.
  public enum Phase: String, Sendable, CaseIterable {
    /// All calls pass.
    case closed
    /// None does.
    case open
    /// One probe is wanted or under way.
    case halfOpen = "half_open"
  }

  /// Whether calls pass.
  public var phase: Phase
  /// Failures in a row while closed.
  public var failures: Int
  /// How often in a row it has opened without closing in between.
  public var openings: Int
  /// How long no call passes; `nil` unless open.
  public var openFor: Duration?
}

/// Stops calling an upstream that fails again and again, and finds out gently when it is back.
///
/// Closed, it counts failures in a row; at the threshold it opens. Once its time is over, the next
/// read passes as the probe, alone: if it is answered, the breaker closes; if not, it opens for
/// longer. A write is never the probe, for what it does should not depend on luck; it fails at
/// once, and asks for a probe by ``Refusal/wantsProbe`` so that an upstream to which nobody but
/// writers come is found healthy again.
struct CircuitBreaker: Sendable {
  /// Why a call does not pass.
  struct Refusal: Sendable, Equatable {
    let retryAfter: Duration
    /// Whether the client shall send a read of its own.
    let wantsProbe: Bool
  }

  /// Stands for one call that passed; to be given back with what became of it.
  struct Pass: Sendable, Equatable {
    fileprivate let epoch: UInt64
  }

  /// What an answer says about the upstream's health.
  enum Verdict: Sendable {
    case healthy
    case failing
    /// Nothing: cancelled, or ended by a caller in a hurry.
    case unknown
  }

  private enum Phase: Sendable {
    case closed(failures: Int)
    case open(until: MonotonicInstant)
    case probing
  }

  private let threshold: Int
  private let pauses = Backoff(first: .seconds(1), most: .seconds(30))
  /// What callers are told while a probe is under way or wanted.
  private let probePause: Duration = .seconds(1)
  private var phase = Phase.closed(failures: 0)
  private var openings = 0
  // Grows whenever calls that passed earlier no longer tell anything.
  private var epoch: UInt64 = 0
  private var hasOwnProbe = false

  init(threshold: Int) {
    self.threshold = max(1, threshold)
  }

  /// Why a call would be refused now, if so. Changes nothing, except that a probe is wanted once.
  mutating func refusal(isRead: Bool, at now: MonotonicInstant) -> Refusal? {
    switch phase {
    case .closed:
      return nil
    case .open(let until) where until > now:
      return Refusal(retryAfter: until - now, wantsProbe: false)
    case .open where isRead:
      return nil
    case .open:
      defer { hasOwnProbe = true }
      return Refusal(retryAfter: probePause, wantsProbe: !hasOwnProbe)
    case .probing:
      return Refusal(retryAfter: probePause, wantsProbe: false)
    }
  }

  /// Lets a call pass, or says why not.
  mutating func admit(isRead: Bool, at now: MonotonicInstant) -> Result<Pass, BreakerRefused> {
    if let refusal = refusal(isRead: isRead, at: now) {
      return .failure(BreakerRefused(refusal: refusal))
    }
    if case .open = phase {
      phase = .probing
      epoch += 1
    }
    return .success(Pass(epoch: epoch))
  }

  /// The client's own probe has ended, whether it was sent or not.
  mutating func ownProbeEnded() {
    hasOwnProbe = false
  }

  /// A call that passed has ended. Calls from before the last change of phase don't count.
  ///
  /// - Parameter chance: a number in `0..<1`.
  mutating func end(
    _ pass: Pass, _ verdict: Verdict, at now: MonotonicInstant, chance: Double
  ) {
    guard pass.epoch == epoch else { return }
    switch (phase, verdict) {
    case (.open, _):
      break
    case (.closed(let failures), .failing):
      if failures + 1 >= threshold {
        open(at: now, chance)
      } else {
        phase = .closed(failures: failures + 1)
      }
    case (.closed, .healthy):
      phase = .closed(failures: 0)
    case (.closed, .unknown):
      break
    case (.probing, .failing):
      open(at: now, chance)
    case (.probing, .healthy):
      phase = .closed(failures: 0)
      openings = 0
      epoch += 1
    case (.probing, .unknown):
      // The probe told nothing: the next read may try at once.
      phase = .open(until: now)
      epoch += 1
    }
  }

  // Half of the pause is chance, so that many gateways don't come back at once.
  private mutating func open(at now: MonotonicInstant, _ chance: Double) {
    openings += 1
    epoch += 1
    phase = .open(until: now + pauses.limit(after: openings) * (0.5 + 0.5 * chance))
  }

  func status(at now: MonotonicInstant) -> BreakerStatus {
    switch phase {
    case .closed(let failures):
      BreakerStatus(phase: .closed, failures: failures, openings: openings)
    case .open(let until) where until > now:
      BreakerStatus(phase: .open, failures: threshold, openings: openings, openFor: until - now)
    case .open, .probing:
      BreakerStatus(phase: .halfOpen, failures: threshold, openings: openings)
    }
  }
}

/// A call did not pass the breaker.
struct BreakerRefused: Error, Sendable, Equatable {
  let refusal: CircuitBreaker.Refusal
}
