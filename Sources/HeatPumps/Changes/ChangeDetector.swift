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

  /// Creates a detector for a heat pump of which listeners know nothing.
  public init() { stored = [] }

  /// Goes on from ``stored``.
  ///
  /// - Returns: `nil` if the bytes are damaged; a new detector then begins with the next answer.
  public init?(stored: [UInt8]) {
    guard stored.isEmpty || ReportedState(stored) != nil else { return nil }
    self.stored = stored
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
    let reported = ReportedState(stored)
    if let reported, document.plainlyRepeats(reported, from: source) { return [] }
    var pass = ObservationPass(
      document: document, source: source, writes: writes, now: now, withheld: withheld,
      settings: settings)
    for index in WatchedField.places.indices { pass.take(index, reported) }
    if pass.state.bytes != stored { keep(pass.state.bytes) }
    return pass.findings
  }

  // Without the room to grow that the construction left: these rows are many and live long.
  private mutating func keep(_ bytes: [UInt8]) {
    stored = []
    stored.reserveCapacity(bytes.count)
    stored.append(contentsOf: bytes)
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
  var state = ReportedState.Builder()
  private var grouping = ChangeGrouping()

  init(
    document: HeatPumpDocument, source: AnswerSource, writes: [WrittenValue], now: Timestamp,
    withheld: Set<String>, settings: ChangeSettings
  ) {
    self.document = document
    self.source = source
    self.writes = writes
    self.now = now
    self.withheld = withheld
    self.settings = settings
  }

  var findings: [DetectedChange] { grouping.findings }

  mutating func take(_ index: Int, _ reported: ReportedState?) {
    if let reported, let told = reported.undamped(index) {
      let coded = reported.bytes.span.extracting(told)
      if document.plainly(index, shows: coded) { return state.append(index, coded: coded) }
    }
    let field = WatchedField.all[index].field
    guard !withheld.contains(field.pointer),
      let value = document.statement(on: field, from: source)
    else {
      return keep(index, reported)
    }
    var coded: [UInt8] = []
    // Links of actions are no longer good by the time they would be told as the old value.
    let kept =
      field.kind == .actions ? FieldTable.removingLinks(fromActions: value) : value
    ValueCoding.append(kept, of: field.kind, to: &coded)
    if let reported, let told = reported.undamped(index),
      reported.bytes.span.extracting(told).hasSameBytes(as: coded.span)
    {
      return state.append(index, coded: coded.span)
    }
    guard let reported, let told = reported.value(index) ?? impliedActions(index, reported) else {
      return state.append(index, coded: coded.span)
    }
    let write = writes.last { $0.pointer == field.pointer }
    let isWritten = write.map { field.isSame($0.requested, value) } ?? false
    if let write, write.isPending, !isWritten { return keep(index, reported) }
    var damper = reported.damper(index)
    if isWorthTelling(index, value, told: told, &damper) {
      state.append(index, coded: coded.span)
      grouping.add(
        field, FieldChange(pointer: field.pointer, from: told, to: value),
        cause: isWritten ? write?.cause ?? .outside : .outside,
        traceparent: isWritten ? write?.traceparent : nil)
    } else if let old = reported.place(index) {
      state.append(index, coded: reported.bytes.span.extracting(old))
    }
    if let damper { state.append(index, damper) }
  }

  // Lists don't show actions, so where only lists were seen, none are known; but as long as nothing
  // had to be done there were none.
  private func impliedActions(_ index: Int, _ reported: ReportedState) -> JSONValue? {
    guard WatchedField.all[index].field.kind == .actions, document.actionNeeded,
      let flag = WatchedField.all.firstIndex(where: { $0.field.pointer == Self.flagPointer }),
      reported.value(flag) == .bool(false)
    else { return nil }
    return .array([])
  }

  private static let flagPointer = "/status/action_needed"

  private mutating func keep(_ index: Int, _ reported: ReportedState?) {
    guard let reported, let coded = reported.place(index) else { return }
    state.append(index, coded: reported.bytes.span.extracting(coded))
    if let damper = reported.damper(index) { state.append(index, damper) }
  }

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
