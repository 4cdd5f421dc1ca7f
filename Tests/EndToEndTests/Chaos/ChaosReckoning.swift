import GatewayCore
import HeatPumps
import Storage

/// Holds against each other what callers were told, what the gateway has recorded and what the
/// upstream has seen: pure.
struct ChaosReckoning: Sendable {
  /// An update as the upstream saw it.
  struct Arrival: Sendable {
    let heatPump: ResourceID
    let at: Timestamp
    /// ``stableHash(_:)-([UInt8])`` of the body.
    let body: UInt64
    let applied: Bool
    /// `nil` where no answer was given.
    let status: Int?
  }

  /// All operations, in any order.
  var operations: [StoredOperation]
  /// In the order of arrival.
  var arrivals: [Arrival]
  /// What some caller was told would be seen to.
  var acknowledged: Set<ResourceID>
  /// Every heat pump as it was upstream.
  var before: [ResourceID: HeatPumpDocument]
  /// And as it is now.
  var after: [ResourceID: HeatPumpDocument]

  /// What is wrong, in words; empty if all is well.
  var findings: [String] {
    let known = Dictionary(uniqueKeysWithValues: operations.map { ($0.request.id, $0) })
    let lost = acknowledged.filter { known[$0] == nil }.map { "\($0) was acknowledged and lost" }
    let open = operations.filter(\.state.isOpen).map { "\($0.name) is still \($0.state)" }
    let strangers = arrivals.filter { before[$0.heatPump] == nil }
      .map { "an update to \($0.heatPump), which no test writes to" }
    return lost + open + strangers + lanes.flatMap(\.findings)
  }

  /// Counts for people.
  var figures: ChaosFigures {
    var figures = ChaosFigures()
    for operation in operations {
      if acknowledged.contains(operation.request.id) {
        figures.promises[operation.state.rawValue, default: 0] += 1
      } else {
        figures.others[operation.state.rawValue, default: 0] += 1
      }
      if !operation.supersededFields.isEmpty { figures.merged += 1 }
      if operation.attempts.count > 1 { figures.sentAgain += 1 }
    }
    figures.updates = arrivals.count
    figures.applied = arrivals.filter(\.applied).count
    figures.settled = lanes.map(\.settledCount).reduce(0, +)
    return figures
  }

  private var lanes: [ChaosLane] {
    let operations = Dictionary(grouping: operations) { $0.request.heatPump.id }
    let arrivals = Dictionary(grouping: arrivals) { $0.heatPump }
    return before.compactMap { id, before in
      guard let after = after[id] else { return nil }
      return ChaosLane(
        operations: operations[id] ?? [], arrivals: arrivals[id] ?? [], before: before,
        after: after)
    }
  }
}

/// What a chaos test came to, for people.
struct ChaosFigures: Sendable {
  /// Acknowledged operations by their state.
  var promises: [String: Int] = [:]
  /// All others: refused, or the caller never heard of them.
  var others: [String: Int] = [:]
  /// Operations of which newer ones took fields over.
  var merged = 0
  /// Operations that went upstream more than once.
  var sentAgain = 0
  /// Updates that arrived upstream.
  var updates = 0
  /// Those of them that were carried out.
  var applied = 0
  /// Updates that were carried out without a good answer, and found to be.
  var settled = 0

  /// One line.
  var line: String {
    "acknowledged: \(Self.list(promises)); others: \(Self.list(others)); \(merged) merged, "
      + "\(sentAgain) sent again, \(settled) settled by reading; "
      + "\(updates) updates arrived, \(applied) applied"
  }

  private static func list(_ states: [String: Int]) -> String {
    states.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }
}

extension StoredOperation {
  /// Names it in findings.
  var name: String { "operation \(sequence) (\(request.origin.occasion), \(state.rawValue))" }

  /// What it asks for.
  var changes: [HeatPumpPatch.Assignment] {
    guard let body = try? JSONValue(parsing: request.patch),
      let patch = try? HeatPumpPatch(stored: body)
    else { return [] }
    return patch.assignments
  }

  /// Whether its values are, or were, in force upstream.
  var tookEffect: Bool {
    [.accepted, .verified, .unverified, .superseded].contains(state)
  }
}
