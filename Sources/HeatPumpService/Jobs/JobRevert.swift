import GatewayCore
import HeatPumps
import Storage

/// What putting back means for one heat pump: pure decisions, no I/O.
enum JobRevert {
  /// What is to be written, or why nothing is.
  enum Decision: Equatable {
    case write(HeatPumpPatch)
    case keep(reason: String)
  }

  /// Puts back what the job itself has changed and nobody has changed since.
  ///
  /// - Parameters:
  ///   - before: what the fields held before the job's write, by pointer.
  ///   - applied: the job's operation.
  ///   - later: operations of the heat pump that were accepted after it.
  ///   - current: the heat pump as it is.
  static func decide(
    before: JSONObject, applied: StoredOperation, later: [StoredOperation],
    current: HeatPumpDocument, at now: Timestamp
  ) -> Decision {
    let overwritten = Set(
      later.filter(\.mayHaveWritten).flatMap { $0.readPatch.changedPointers }
        + applied.supersededFields.keys)
    var values: [(field: Field, value: JSONValue)] = []
    var isOthers = false
    for assignment in applied.readPatch.assignments {
      let field = assignment.field
      guard !overwritten.contains(field.pointer),
        field.isSame(assignment.value, current.value(field) ?? .null)
      else {
        isOthers = true
        continue
      }
      guard let former = before[field.pointer], !field.isSame(former, assignment.value) else {
        continue
      }
      values.append((field, field.stillWritable(former, at: now)))
    }
    let patch = HeatPumpPatch(restoring: values)
    guard patch.isEmpty else { return .write(patch) }
    return .keep(
      reason: isOthers
        ? "Others have changed it since." : "The job changed nothing that could be put back.")
  }

  /// What the fields of an operation hold before it is sent.
  ///
  /// - Parameters:
  ///   - known: what was noted at a former attempt. If that attempt was carried out after all, the
  ///     document shows its own values, and what was noted counts.
  ///   - earlier: patches of operations that go upstream with it, before it.
  static func before(
    _ patch: HeatPumpPatch, in document: HeatPumpDocument, known: JSONObject?,
    earlier: [HeatPumpPatch]
  ) -> JSONObject {
    var before = JSONObject()
    for assignment in patch.assignments {
      let field = assignment.field
      let overtaken = earlier.reversed().lazy.compactMap { $0.value(field) }.first
      guard var value = overtaken ?? document.value(field) else { continue }
      if let noted = known?[field.pointer], field.isSame(value, assignment.value) { value = noted }
      before[field.pointer] = value
    }
    return before
  }
}

extension Field {
  // The upstream takes no time that has passed: what ended by itself meanwhile has no time.
  fileprivate func stillWritable(_ value: JSONValue, at now: Timestamp) -> JSONValue {
    guard pointer == "/pause/until", let time = value.string.flatMap(Timestamp.init(rfc3339:)),
      time <= now
    else { return value }
    return .null
  }
}

extension StoredOperation {
  /// Whether its values are, or may be, what the heat pump was told since.
  fileprivate var mayHaveWritten: Bool {
    switch state {
    case .queued, .sent, .accepted, .verified, .unverified, .unknown, .superseded: true
    case .rejected, .failed, .expired, .cancelled: false
    }
  }
}
