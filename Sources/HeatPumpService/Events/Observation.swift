internal import GatewayCore
internal import HeatPumps
internal import ResponseCache

/// One answer of the upstream's about a heat pump, as the change desk is to look at it.
struct Observation: Sendable {
  /// The answer, with what the gateway knows beside it.
  var entry: CachedHeatPump
  /// The call that it comes from.
  var source: AnswerSource
  /// What the gateway wrote and had not seen before, or that ended since the last observation; of
  /// one field the newest last.
  var writes: [WrittenValue]
  /// When it came in.
  var at: Timestamp
  /// Whether a detail answer is on its way that knows better what has to be done.
  var awaitsActions = false
  /// When the update went out whose answer this is: of an answer that came in since, nobody knows
  /// which of the two is younger.
  var sentAt: MonotonicInstant?
  /// Whether somebody wants to hear of changes; otherwise only the heat pump's being there counts.
  var isListenedTo = true

  /// Whether it is asked about what was written, and nothing else.
  var isOfWrittenOnly = false

  /// What the answer is not asked about.
  var withheld: Set<String> {
    if isOfWrittenOnly { return Self.allPointers.subtracting(writes.map(\.pointer)) }
    return awaitsActions ? Self.actionPointers : []
  }

  /// The same, to be asked about what was written only: the rest the next answer says.
  var ofWrittenOnly: Observation {
    var result = self
    result.isOfWrittenOnly = true
    return result
  }

  private static let allPointers = Set(FieldTable.fields.map(\.pointer))

  private static let actionPointers: Set<String> = ["/status/action_needed", "/status/actions"]

  /// The observation in whose place a newer one comes, without loss of what it was told of writes.
  func overtaken(by newer: Observation) -> Observation {
    var result = newer
    result.writes = writes.merged(with: newer.writes)
    // A newer answer without actions carries those of the detail answer before it.
    if source == .detail { result.source = .detail }
    result.isListenedTo = isListenedTo || newer.isListenedTo
    return result
  }
}

extension [WrittenValue] {
  /// These and newer ones; of one field only the newer.
  func merged(with newer: [WrittenValue]) -> [WrittenValue] {
    if isEmpty { return newer }
    let named = Set(newer.map(\.pointer))
    return filter { !named.contains($0.pointer) } + newer
  }
}

/// What the change desk has to do about one heat pump.
enum DeskTask: Sendable {
  /// Look at an answer.
  case observe(Observation)
  /// The upstream does not have it any more.
  case remove(at: Timestamp)
  /// All heat pumps have been listed: those that come from now on are new. For
  /// ``ServiceMark/discovered`` only.
  case noteDiscovery

  /// Whether a later task makes up for this one, should it be lost.
  var comesAgain: Bool {
    if case .observe = self { true } else { false }
  }
}
