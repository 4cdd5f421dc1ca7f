import GatewayCore
import HeatPumps
import Storage

/// One heat pump's part of a ``ChaosReckoning``.
struct ChaosLane: Sendable {
  // One time that values went upstream, with the operations whose they were.
  private struct Attempt: Sendable {
    let at: Timestamp
    let body: UInt64
    var members: [StoredOperation] = []
    var arrivals: [ChaosReckoning.Arrival] = []

    var wasApplied: Bool { arrivals.contains(where: \.applied) }
  }

  private let operations: [StoredOperation]
  private let attempts: [Attempt]
  private let before: HeatPumpDocument
  private let after: HeatPumpDocument
  private var strays: [String] = []

  init(
    operations: [StoredOperation], arrivals: [ChaosReckoning.Arrival], before: HeatPumpDocument,
    after: HeatPumpDocument
  ) {
    self.operations = operations.sorted { $0.sequence < $1.sequence }
    self.before = before
    self.after = after
    var attempts = Self.attempts(of: self.operations)
    for arrival in arrivals {
      // The lane is one at a time, so what arrives can only belong to what was sent last.
      guard let index = attempts.lastIndex(where: { $0.at <= arrival.at }) else {
        strays.append("an update arrived at \(arrival.at), before anything was sent")
        continue
      }
      if attempts[index].body != arrival.body {
        let isOld = attempts[..<index].contains { $0.body == arrival.body }
        strays.append(
          "an update arrived at \(arrival.at) with \(isOld ? "an older body" : "an unknown body")")
      }
      attempts[index].arrivals.append(arrival)
    }
    self.attempts = attempts
  }

  private static func attempts(of operations: [StoredOperation]) -> [Attempt] {
    var attempts: [Timestamp: Attempt] = [:]
    for operation in operations {
      for attempt in operation.attempts {
        attempts[attempt.at, default: Attempt(at: attempt.at, body: attempt.body)]
          .members.append(operation)
      }
    }
    return attempts.values.sorted { $0.at < $1.at }
  }

  /// How many updates were carried out without a good answer, and found to be.
  var settledCount: Int {
    attempts.filter { attempt in
      attempt.arrivals.contains { $0.applied && $0.status != 200 }
        && attempt.members.contains(where: \.tookEffect)
    }.count
  }

  /// What is wrong, in words.
  var findings: [String] {
    let all = strays + repeats + ends + takeovers + values
    return all.map { "\(after.id): \($0)" }
  }

  // Carried out twice: by one attempt, or by several of the same operation.
  private var repeats: [String] {
    let twice = attempts.filter { attempt in
      attempt.arrivals.filter { $0.status != 401 }.count > 1
    }.map { "what was sent at \($0.at) arrived more than once" }
    let again = operations.filter { operation in
      attempts.filter { attempt in
        attempt.wasApplied && attempt.members.contains { $0.sequence == operation.sequence }
      }.count > 1
    }.map { "\($0.name) was carried out more than once: \(history($0))" }
    return twice + again
  }

  // Said not to be carried out, and was.
  private var ends: [String] {
    operations.filter { [.rejected, .failed, .expired, .cancelled].contains($0.state) }
      .filter { operation in
        attempts.contains { attempt in
          attempt.wasApplied && attempt.members.contains { $0.sequence == operation.sequence }
        }
      }.map { "\($0.name) was carried out all the same: \(history($0))" }
  }

  // What was sent of an operation and with which others, and what came of it.
  private func history(_ operation: StoredOperation) -> String {
    let sent = attempts.filter { attempt in
      attempt.members.contains { $0.sequence == operation.sequence }
    }.map { attempt in
      let outcomes = attempt.arrivals.map { arrival in
        "\(arrival.status.map(String.init) ?? "no answer")\(arrival.applied ? ", applied" : "")"
      }
      return "at \(attempt.at) as \(attempt.members.map(\.name)): \(outcomes)"
    }
    return sent.joined(separator: "; then ") + "; ended at \(operation.changedAt): "
      + String(decoding: operation.outcome, as: UTF8.self)
  }

  private var takeovers: [String] {
    operations.flatMap { operation in
      operation.supersededFields.compactMap { pointer, id -> String? in
        guard let newer = operations.first(where: { $0.request.id == id }),
          newer.sequence > operation.sequence, newer.tookEffect,
          newer.changes.contains(where: { $0.field.pointer == pointer })
        else {
          let other = operations.first { $0.request.id == id }
          return "\(operation.name) lost \(pointer) to \(other.map(history) ?? id.description), "
            + "which did not write it: \(history(operation))"
        }
        return nil
      }
    }
  }

  // The newest operation that took effect has the last word on each field.
  private var values: [String] {
    FieldTable.writableFields.compactMap { field in
      var allowed: [(value: JSONValue?, of: String)] = [(before.value(field), "the beginning")]
      for operation in operations where operation.supersededFields[field.pointer] == nil {
        guard let change = operation.changes.first(where: { $0.field == field }) else { continue }
        if operation.state == .unknown { allowed.append((change.value, operation.name)) }
        if operation.tookEffect { allowed = [(change.value, operation.name)] }
      }
      let present = after.value(field)
      if allowed.contains(where: { field.isSame($0.value ?? .null, present ?? .null) }) {
        return nil
      }
      let wanted = allowed.map { "\($0.value?.text ?? "nothing") of \($0.of)" }
      return "\(field.pointer) is \(present?.text ?? "nothing") and not "
        + wanted.joined(separator: " or ")
    }
  }
}
