import Configuration
import GatewayCore

/// What loading the configuration has come to, for status page and metrics.
final class ReloadRecord: Sendable {
  /// How it stands.
  struct State: Sendable {
    /// 1 for what the gateway was started with, one more for each that was loaded since.
    var generation = 1
    /// When the one in force was loaded.
    var loadedAt: Timestamp
    /// When a file was last refused, and what was wrong with it; `nil` if none was.
    var refusal: (at: Timestamp, mistakes: [ConfigurationProblem])?
    /// Whether the last file that was read is the one in force.
    var isCurrent = true
    /// What the file in force has otherwise than the running gateway, since it counts at the start
    /// only.
    var needsRestart: [String] = []
    /// Loads since the start.
    var loaded = 0
    /// Refusals since the start.
    var refused = 0
  }

  private let book: Locked<State>

  /// - Parameter now: when the configuration of the start was loaded.
  init(at now: Timestamp) {
    book = Locked(State(loadedAt: now))
  }

  var state: State { book.withLock { $0 } }

  func loaded(_ generation: Int, needsRestart: [String], at now: Timestamp) {
    book.withLock { state in
      state.generation = generation
      state.loadedAt = now
      state.isCurrent = true
      state.needsRestart = needsRestart
      state.loaded += 1
    }
  }

  func refused(_ mistakes: [ConfigurationProblem], at now: Timestamp) {
    book.withLock { state in
      state.refusal = (now, mistakes)
      state.isCurrent = false
      state.refused += 1
    }
  }
}
