internal import GatewayCore

/// What other gateways have written, or are writing: whatever was fetched before its end may lack
/// it, and is not served any more while the upstream can be asked; pure.
struct ForeignWrites: Sendable {
  private struct Mark: Sendable {
    // A fetch that begins later sees the write.
    var over: MonotonicInstant
    // An update may be on its way until then; `nil` if it has come to its end.
    var underWayUntil: MonotonicInstant?
  }

  private var marks: [ResourceID: Mark] = [:]
  private var all: MonotonicInstant?

  /// Another gateway is about to send an update.
  ///
  /// - Parameter end: when it has come to its end in any case, should that not be told.
  mutating func began(_ heatPump: ResourceID, at now: MonotonicInstant, until end: MonotonicInstant)
  {
    marks[heatPump] = Mark(over: now, underWayUntil: end)
  }

  /// It has come to its end.
  mutating func ended(_ heatPump: ResourceID, at now: MonotonicInstant) {
    marks[heatPump] = Mark(over: now)
  }

  /// Anything may have been written.
  mutating func missed(at now: MonotonicInstant) {
    all = now
    marks = [:]
  }

  /// An answer to a request that began then has come in.
  mutating func fetched(_ heatPump: ResourceID, startedAt: MonotonicInstant) {
    guard let mark = marks[heatPump], startedAt >= mark.underWayUntil ?? mark.over else { return }
    marks[heatPump] = nil
  }

  /// Whether an answer that came in then may lack what another gateway has written.
  func isDoubtful(_ heatPump: ResourceID, fetchedAt: MonotonicInstant) -> Bool {
    if marks[heatPump] != nil { return true }
    return all.map { fetchedAt < $0 } ?? false
  }
}
