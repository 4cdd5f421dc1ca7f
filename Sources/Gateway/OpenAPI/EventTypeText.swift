import HeatPumps

/// What each type of event tells, for people.
enum EventTypeText {
  /// A phrase; code stands between backticks.
  static func summary(_ type: HeatPumpEventType) -> String {
    switch type {
    case .settingsChanged: "a setting has another value"
    case .stateChanged: "a reading or a mode has moved"
    case .statusChanged: "connection, monitoring, steering or the like has changed"
    case .actionNeeded: "somebody has to act"
    case .actionResolved: "nobody has to act any more"
    case .writeVerified: "the device shows what was written"
    case .writeFailed: "a write was not carried out, or could not be verified in time"
    case .added: "a heat pump has come"
    case .removed: "a heat pump is gone"
    case .upstreamDegraded: "the upstream fails"
    case .upstreamRecovered: "it does so no more"
    case .subscriptionDisabled: "a subscription of the app's was given up"
    case .jobProgress: "a fleet job has begun, has come further, or begins to put back"
    case .jobEnded: "a fleet job has ended"
    case .subscriptionTest: "nothing: a subscription was tried out; it is in no feed and no stream"
    }
  }

  /// All types in a sentence.
  static let all = HeatPumpEventType.allCases
    .map { "`\($0.rawValue)`: \(summary($0))" }.joined(separator: "; ")
}
