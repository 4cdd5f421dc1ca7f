import GatewayCore
import TestSupport

/// What the callers of a chaos test were told.
final class ChaosLedger: Sendable {
  /// An answer to a try of a write.
  struct Entry: Sendable {
    let write: ChaosWrite
    let status: Int
    let problem: String?
    /// The operation that the answer names.
    let operation: ResourceID?
    /// Kept where the same key has to give it again.
    let text: String?

    /// Whether it is the heat pump as the upstream confirmed it.
    let isConfirmed: Bool

    /// Whether the gateway has taken the write upon itself.
    var isAcknowledged: Bool { (200..<300).contains(status) }
  }

  private struct State: Sendable {
    var entries: [Entry] = []
    var lost = 0
  }

  private let state = Locked(State())

  /// Notes an answer.
  func note(_ write: ChaosWrite, _ answer: Answer) {
    // A confirmed heat pump has an id of its own.
    let confirmed = answer.at("/write/operation_id")
    let id = confirmed ?? answer.at("/id") ?? answer.at("/operation_id")
    // What is said again names the request that it was first said to.
    let isReplayed = answer.headers["idempotency-replayed"] == "true"
    let said = answer.at("/type")?.string?.split(separator: "/").last.map(String.init)
    let entry = Entry(
      write: write, status: answer.status, problem: isReplayed ? said : answer.problem,
      operation: id?.string.flatMap { ResourceID($0) },
      text: write.key == nil ? nil : answer.text,
      isConfirmed: answer.status == 200 && confirmed != nil)
    state.withLock { $0.entries.append(entry) }
  }

  /// Notes that no answer came, because the gateway died.
  func noteLost() { state.withLock { $0.lost += 1 } }

  /// All answers so far.
  var entries: [Entry] { state.withLock { $0.entries } }

  /// How many answers have come.
  var count: Int { state.withLock { $0.entries.count } }

  /// How many tries have got no answer.
  var lostCount: Int { state.withLock { $0.lost } }

  /// The operations that were acknowledged.
  var acknowledged: Set<ResourceID> {
    Set(entries.filter(\.isAcknowledged).compactMap(\.operation))
  }

  /// How often each refusal was given, for people.
  var refusals: String {
    let verdicts = Dictionary(grouping: entries.filter { !$0.isAcknowledged }) {
      "\($0.status) \($0.problem ?? "-")"
    }
    return verdicts.sorted { $0.key < $1.key }.map { "\($0.value.count) × \($0.key)" }
      .joined(separator: ", ")
  }

  /// Answers that no caller should ever get, and acknowledgements that name no operation.
  var findings: [String] {
    entries.compactMap { entry in
      let verdict = "\(entry.status) \(entry.problem ?? "-")"
      if entry.isAcknowledged {
        return entry.operation == nil ? "\(verdict) names no operation" : nil
      }
      return Self.expected.contains(verdict) ? nil : "write \(entry.write.number) got \(verdict)"
    }
  }

  // What the faults that are switched on may come to.
  private static let expected: Set<String> = [
    "409 idempotency-in-progress", "422 upstream-rejected", "502 upstream-error",
    "502 upstream-unreadable", "502 upstream-unreachable", "502 upstream-credentials",
    "503 upstream-throttled", "503 upstream-unavailable", "504 upstream-timeout",
    "504 outcome-unknown",
  ]
}

/// Where the gateway can be reached at present, for callers that outlive it.
final class ChaosSwitchboard: Sendable {
  /// A gateway's port, and how many there were before it.
  struct Place: Sendable {
    let port: UInt16
    let generation: Int
  }

  private struct State: Sendable {
    var generation = 0
    var port: UInt16?
    var isClosing = false
  }

  private let state = Locked(State())

  /// Another gateway listens.
  func open(_ port: UInt16) {
    state.withLock {
      $0.generation += 1
      $0.port = port
    }
  }

  /// The gateway is gone, or will be in a moment: nobody connects to a port that somebody else may
  /// get.
  func shut() { state.withLock { $0.port = nil } }

  /// Lets the callers come to an end.
  func close() { state.withLock { $0.isClosing = true } }

  /// Whether callers begin nothing new.
  var isClosing: Bool { state.withLock { $0.isClosing } }

  /// Where the gateway is; `nil` while there is none.
  var present: Place? {
    state.withLock { state in
      state.port.map { Place(port: $0, generation: state.generation) }
    }
  }

  /// Waits for a gateway that came after the one of that generation.
  ///
  /// - Throws: ``NeverHappened``.
  func place(after generation: Int) async throws -> Place {
    try await eventualValue("gateway after \(generation)", within: .seconds(120)) {
      self.present.flatMap { $0.generation > generation ? $0 : nil }
    }
  }
}
