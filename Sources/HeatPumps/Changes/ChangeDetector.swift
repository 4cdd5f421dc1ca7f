public import GatewayCore

/// Finds what is worth telling in the answers about one heat pump.
///
/// It remembers what listeners were last told, not what was last polled: many small steps that a
/// dead-band hides add up to one that passes, and a status that flaps is told as it ends. Nothing
/// but that is remembered, in a row of 450 to 600 bytes per heat pump (see ``stored``), so that a
/// million of them are some 0.6 GB in memory, or stay in the storage between two polls.
///
/// The first answer says what is the case and tells nothing, and so does the first value of a field
/// that was left out before. A field that is left out, or has a wrong type, is no change.
public struct ChangeDetector: Sendable, Equatable {
  /// What listeners know, in a form that later releases read, too; empty before the first answer.
  /// Holds personal data: the comment.
  public private(set) var stored: [UInt8]

  /// Whether the last answer said of every field what listeners know by now: coming from the same
  /// call, it tells nothing if it comes again, whatever was written, and however much later. It is
  /// not part of ``stored``.
  public private(set) var isSettled = false

  /// Creates a detector for a heat pump of which listeners know nothing.
  public init() { stored = [] }

  /// Goes on from ``stored``.
  ///
  /// - Returns: `nil` if the bytes are damaged; a new detector then begins with the next answer.
  public init?(stored: [UInt8]) {
    self.init()
    guard !stored.isEmpty else { return }
    guard let state = ReportedState(stored: stored) else { return nil }
    self.stored = state.bytes
  }

  /// Detectors are equal if listeners know the same.
  public static func == (left: ChangeDetector, right: ChangeDetector) -> Bool {
    left.stored == right.stored
  }

  /// Whether no answer has come in yet.
  public var isNew: Bool { stored.isEmpty }

  /// Takes the next answer. Every poll's answer belongs here, also one that shows nothing new: time
  /// alone may make a flapping status stable.
  ///
  /// Where `action_needed` has turned true and the answer comes from a list, fetch the detail first
  /// (or carry its actions over), so that the event has them.
  ///
  /// - Parameters:
  ///   - document: the answer.
  ///   - source: the call that it comes from.
  ///   - writes: what the gateway wrote and had not seen before this answer, or that ended since
  ///     the last observation; of one field the newest last.
  ///   - now: when the answer came in.
  ///   - withheld: pointers on which the answer is not heard, because a better one is on its way.
  ///   - settings: what is worth telling.
  /// - Returns: at most one finding per kind and cause, in the order of their declaration.
  public mutating func observe(
    _ document: HeatPumpDocument, from source: AnswerSource, writes: [WrittenValue] = [],
    at now: Timestamp, withholding withheld: Set<String> = [],
    settings: ChangeSettings = .standard
  ) -> [DetectedChange] {
    let reported = ReportedState(known: stored)
    var pass = ObservationPass(
      document: document, source: source, writes: writes, now: now, withheld: withheld,
      settings: settings, state: ReportedState.Builder(former: reported))
    let places = WatchedField.places
    var position = ReportedState.start
    for index in places.indices {
      let known = reported.entry(places[index].key, at: &position)
      pass.take(index, places[index].slot, known, of: reported)
    }
    stored = pass.state.finish()
    isSettled = pass.isSettled
    return pass.findings
  }
}

/// One answer on its way through the fields.
private struct ObservationPass {
  let document: HeatPumpDocument
  let source: AnswerSource
  let writes: [WrittenValue]
  let now: Timestamp
  let withheld: Set<String>
  let settings: ChangeSettings
  var state: ReportedState.Builder
  private(set) var isSettled = true
  private var grouping = ChangeGrouping()

  init(
    document: HeatPumpDocument, source: AnswerSource, writes: [WrittenValue], now: Timestamp,
    withheld: Set<String>, settings: ChangeSettings, state: ReportedState.Builder
  ) {
    self.document = document
    self.source = source
    self.writes = writes
    self.now = now
    self.withheld = withheld
    self.settings = settings
    self.state = state
  }

  var findings: [DetectedChange] { grouping.findings }

  mutating func take(
    _ index: Int, _ slot: Int, _ known: ReportedState.Entry?, of reported: ReportedState
  ) {
    // The usual case, for which nothing has to be read.
    if let known, let told = known.undamped,
      document.plainly(slot, shows: told, of: reported.bytes.span)
    {
      return state.keep(known)
    }
    let field = WatchedField.all[index].field
    if withheld.contains(field.pointer) { return putOff(known) }
    guard let value = document.statement(on: field, from: source) else {
      if let known { state.keep(known) }
      return
    }
    var coded: [UInt8] = []
    // Links of actions are no longer good by the time they would be told as the old value.
    let kept =
      field.kind == .actions ? FieldTable.removingLinks(fromActions: value) : value
    ValueCoding.append(kept, of: field.kind, to: &coded)
    if let known, let told = known.undamped,
      reported.bytes.span.extracting(told.place).hasSameBytes(as: coded.span)
    {
      return state.keep(known)
    }
    guard let told = known.flatMap(reported.value) ?? impliedActions(field, reported) else {
      return state.append(index, coded: coded.span)
    }
    let write = writes.last { $0.pointer == field.pointer }
    let isWritten = write.map { field.isSame($0.requested, value) } ?? false
    if let write, write.isPending, !isWritten { return putOff(known) }
    var damper = known.flatMap(reported.damper)
    if isWorthTelling(index, value, told: told, &damper) {
      state.append(index, coded: coded.span)
      grouping.add(
        field, FieldChange(pointer: field.pointer, from: told, to: value),
        cause: isWritten ? write?.cause ?? .outside : .outside,
        traceparent: isWritten ? write?.traceparent : nil)
    } else {
      isSettled = false
      if let old = known?.value {
        state.append(index, coded: reported.bytes.span.extracting(old.place))
      }
    }
    if let damper {
      isSettled = false
      state.append(index, damper)
    }
  }

  // What the answer says of a field may be told another time.
  private mutating func putOff(_ known: ReportedState.Entry?) {
    isSettled = false
    if let known { state.keep(known) }
  }

  // Lists don't show actions, so where only lists were seen, none are known; but as long as nothing
  // had to be done there were none.
  private func impliedActions(_ field: Field, _ reported: ReportedState) -> JSONValue? {
    guard field.kind == .actions, document.actionNeeded,
      let flag = WatchedField.all.firstIndex(where: { $0.field.pointer == Self.flagPointer }),
      reported.value(at: flag) == .bool(false)
    else { return nil }
    return .array([])
  }

  private static let flagPointer = "/status/action_needed"

  private func isWorthTelling(
    _ index: Int, _ value: JSONValue, told: JSONValue, _ damper: inout FlapDamper?
  ) -> Bool {
    let field = WatchedField.all[index].field
    // The list of actions belongs to its flag, which is damped for both.
    if field.eventClass == .status, field.kind != .actions {
      return FlapDamper.admits(&damper, field, value, told: told, at: now, settings)
    }
    if field.isSameToListeners(value, told) { return false }
    guard let band = settings.bands[index], let number = value.number, let known = told.number
    else { return true }
    return number.isApart(from: known, by: band)
  }
}
