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

  private let sums = Locked<[Label: Sum]>([:])

  func upstreamRequestEnded(_ observation: UpstreamObservation) {
    let label = Label(call: observation.call, outcome: observation.outcome)
    sums.withLock { sums in
      sums[label, default: Sum()].count += 1
      sums[label, default: Sum()].seconds += observation.duration.seconds
    }
  }

  /// All sums, in the order of their labels.
  var sorted: [(label: Label, sum: Sum)] {
    sums.withLock { $0 }.sorted { ($0.key.call, $0.key.outcome) < ($1.key.call, $1.key.outcome) }
      .map { ($0.key, $0.value) }
  }
}
