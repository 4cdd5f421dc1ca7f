import GatewayCore
import PoderoClient

/// Counts requests to the upstream by call and outcome, and adds up how long they took.
final class UpstreamMetrics: UpstreamObserver {
  struct Label: Hashable, Sendable {
    let call: String
    let outcome: String
  }

  struct Sum: Sendable {
    var count = 0
    var seconds = 0.0
  }

  private struct State: Sendable {
    var sums: [Label: Sum] = [:]
    var durations: [String: HistogramFigures] = [:]
  }

  private let state = Locked(State())
  private static let bounds = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]

  func upstreamRequestEnded(_ observation: UpstreamObservation) {
    let label = Label(call: observation.call, outcome: observation.outcome)
    state.withLock { state in
      state.sums[label, default: Sum()].count += 1
      state.sums[label, default: Sum()].seconds += observation.duration.seconds
      state.durations[label.call, default: HistogramFigures(bounds: Self.bounds)]
        .add(observation.duration)
    }
  }

  /// How long they took, by call.
  var durations: [(call: String, figures: HistogramFigures)] {
    state.withLock { $0.durations }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// All sums, in the order of their labels.
  var sorted: [(label: Label, sum: Sum)] {
    state.withLock { $0.sums }.sorted {
      ($0.key.call, $0.key.outcome) < ($1.key.call, $1.key.outcome)
    }
    .map { ($0.key, $0.value) }
  }
}
