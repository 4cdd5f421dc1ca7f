import GatewayCore
import TestSupport

/// What the sources of a chaos test were told of their events.
final class HookChaosLedger: Sendable {
  /// All that was told of one event.
  struct Entry: Sendable {
    /// When it was first sent.
    let firstSentAt: MonotonicInstant
    /// When it was first acknowledged.
    var acknowledgedAt: MonotonicInstant?
    /// The id of each acknowledgement.
    var ids: [ResourceID] = []

    init(firstSentAt: MonotonicInstant) {
      self.firstSentAt = firstSentAt
    }
  }

  private struct State: Sendable {
    var entries: [Int: Entry] = [:]
    var answers = 0
    var lost = 0
    var refusals: [String: Int] = [:]
  }

  private let state = Locked(State())
  private let clock = SystemClock()

  /// Notes that an event is about to be sent.
  func noteSending(_ number: Int) {
    let now = clock.monotonic
    state.withLock { state in
      if state.entries[number] == nil { state.entries[number] = Entry(firstSentAt: now) }
    }
  }

  /// Notes an answer.
  func note(_ number: Int, _ answer: Answer) {
    let now = clock.monotonic
    let id = answer.status == 202 ? answer.at("/event_id")?.string.flatMap { ResourceID($0) } : nil
    state.withLock { state in
      state.answers += 1
      guard let id else {
        state.refusals[answer.verdict, default: 0] += 1
        return
      }
      state.entries[number]?.ids.append(id)
      if state.entries[number]?.acknowledgedAt == nil {
        state.entries[number]?.acknowledgedAt = now
      }
    }
  }

  /// Notes that no answer came, because the gateway died.
  func noteLost() { state.withLock { $0.lost += 1 } }

  /// What was told of each event that was sent, by its number.
  var entries: [Int: Entry] { state.withLock { $0.entries } }

  /// How many answers have come.
  var answerCount: Int { state.withLock { $0.answers } }

  /// How many tries have got no answer.
  var lostCount: Int { state.withLock { $0.lost } }

  /// How often each answer was given that is no acknowledgement.
  var refusals: [String: Int] { state.withLock { $0.refusals } }
}
