internal import GatewayCore
internal import HeatPumps
internal import Storage

// An answer may show what was written before the write's own answer has come: to this gateway, to
// another one, or to one that has died since. The storage knows of all of them.
extension [StoredOperation] {
  /// What these operations, the newest first, had under way upstream when an answer came in; of one
  /// field the newest.
  func written(asOf time: Timestamp) -> [WrittenValue] {
    reversed().reduce(into: []) { $0 = $0.merged(with: $1.written(asOf: time)) }
  }
}

extension StoredOperation {
  fileprivate func written(asOf time: Timestamp) -> [WrittenValue] {
    guard let first = attempts.first, first.at <= time, let isPending = isPending(at: time) else {
      return []
    }
    let cause = ChangeCause(request.origin.kind)
    return readPatch.assignments.map { assignment in
      WrittenValue(
        pointer: assignment.field.pointer, requested: assignment.value, cause: cause,
        isPending: isPending)
    }
  }

  /// Whether the upstream's word was still to come at a time: then an answer that shows neither
  /// what was there nor what is written may be older than the write or younger. `nil` if it was not
  /// under way.
  private func isPending(at time: Timestamp) -> Bool? {
    let hasEndedSince = changedAt >= time
    return switch state {
    case .sent: true
    case .accepted: hasEndedSince
    case .verified, .unverified, .superseded, .unknown: hasEndedSince ? false : nil
    case .queued, .rejected, .failed, .expired, .cancelled: nil
    }
  }
}

extension DetectedChange {
  /// The settings that somebody else seems to have changed.
  var settingsFromOutside: [String] {
    kind == .settingsChanged && cause == .outside ? changes.map(\.pointer) : []
  }
}
