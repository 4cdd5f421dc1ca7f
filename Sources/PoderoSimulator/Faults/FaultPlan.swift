import GatewayCore

/// What all faults that meet one request come to together.
struct FaultPlan: Sendable {
  /// When a connection is reset.
  enum ResetPoint: Sendable {
    case beforeApplying
    case afterApplying
  }

  /// That no answer comes, and whether an update is carried out all the same.
  struct Hang: Sendable {
    let applied: Bool
  }

  var latency = Duration.zero
  var revokesTokens = false
  /// An answer in place of the real one, and whether an update is carried out all the same.
  var replacement: (response: HTTPResponse, applied: Bool)?
  var hang: Hang?
  var reset: ResetPoint?
  var edits: [AnswerEdit] = []
  var ignoredFields: Set<String> = []
  var transfer = Transfer.whole

  init(_ kinds: [SimulatorFault.Kind], at moment: Moment) {
    for kind in kinds { add(kind, moment) }
  }

  /// Whether an update is not to be carried out.
  var withholdsUpdate: Bool {
    reset == .beforeApplying || replacement?.applied == false || hang?.applied == false
  }

  private mutating func add(_ kind: SimulatorFault.Kind, _ moment: Moment) {
    switch kind {
    case .latency(let duration): latency += duration
    case .revokeTokens: revokesTokens = true
    case .status(let status, let retryAfter, let applied):
      let headers = retryAfter.map { [$0.header(at: moment.wall)] } ?? []
      let detail: JSONValue = ["detail": .string(StatusText.phrase(status))]
      replacement = (.json(detail, status: status, headers: headers), applied)
    case .htmlPage(let status, let applied):
      replacement = (StatusText.page(status), applied)
    case .hang(let applied): hang = Hang(applied: applied)
    case .resetBeforeRead: break
    case .resetBeforeApplying: reset = .beforeApplying
    case .resetAfterApplying: reset = .afterApplying
    case .truncatedBody: transfer = .truncated
    case .drip(let bytes, let interval): transfer = .drip(bytes: bytes, interval: interval)
    case .ignoreField(let field): ignoredFields.insert(field)
    case .hugeBody(let megabytes): edits.append(.grow(bytes: megabytes * 1_000_000))
    case .malformedJSON: edits.append(.spoil)
    case .contentType(let type): edits.append(.relabel(type))
    case .unknownValues: edits.append(.surprise)
    case .dropField(let field): edits.append(.drop(field))
    }
  }
}

extension SimulatorFault.RetryAfter {
  fileprivate func header(at now: Timestamp) -> HTTPResponse.Header {
    switch self {
    case .seconds(let seconds): .init("Retry-After", String(seconds))
    case .dateIn(let seconds): .init("Retry-After", (now + .seconds(seconds)).httpDate)
    }
  }
}
