import GatewayCore
import HeatPumps
import Storage
import Testing

/// Goal: the reckoning of the chaos tests of events finds whatever it is there to find.
/// Method: three events as they should go, then each thing that could go wrong with one.
@Suite struct HookChaosReckoningTests {
  private static let pump = HeatPumpReference(
    organisation: "acme", user: ResourceID(high: 1, low: 1), id: ResourceID(high: 2, low: 2))
  private static let seed: UInt64 = 4

  @Test func `what went well has no findings`() throws {
    let reckoning = try reckoning()
    #expect(reckoning.findings == [])
    #expect(reckoning.outcomeCounts == ["merged": 1, "applied": 1, "ignored": 1])
    #expect(reckoning.acknowledgedCount == 3)
    #expect(reckoning.repeats == 1)
    #expect(reckoning.operations.acknowledged.count == 2)
  }

  @Test func `an acknowledged event that is not there is found`() throws {
    var reckoning = try reckoning()
    reckoning.stored.removeLast()
    expect(reckoning, "acknowledged as", "listed only")
  }

  @Test func `a duplicate with an id of its own is found`() throws {
    var answers = try reckoning()
    answers.entries[Self.ignored]?.ids.append(ResourceID(high: 9, low: 9))
    expect(answers, "under 2 ids")
    var copies = try reckoning()
    var copy = copies.stored[2]
    copy.id = ResourceID(high: 9, low: 9)
    copies.stored.append(copy)
    expect(copies, "is stored twice")
    var renamed = try reckoning()
    renamed.stored[2].id = ResourceID(high: 9, low: 9)
    expect(renamed, "that no answer named")
  }

  @Test func `an event that nobody sent is found`() throws {
    var reckoning = try reckoning()
    reckoning.entries[Self.ignored] = nil
    expect(reckoning, "never sent")
  }

  @Test func `an event without an outcome is found`() throws {
    var reckoning = try reckoning()
    reckoning.stored[1].operation?.state = .queued
    expect(reckoning, "has no outcome", "listed as applied")
  }

  @Test(arguments: [OperationState.expired, .failed, .unknown, .cancelled])
  func `an outcome that such an event cannot have is found`(state: OperationState) throws {
    var reckoning = try reckoning()
    reckoning.stored[1].operation?.state = state
    expect(reckoning, "\(state.rawValue), no reason")
  }

  @Test func `an outcome that was another before is found`() throws {
    var reckoning = try reckoning()
    reckoning.toldBefore[reckoning.stored[1].id] = ["accepted", "merged"]
    expect(reckoning, #"was ["merged"], and is applied"#)
  }

  @Test func `an outcome by another rule is found`() throws {
    var reckoning = try reckoning()
    reckoning.stored[2].rule = "note"
    expect(reckoning, "met the rule note")
  }

  @Test func `an operation of no event is found`() throws {
    var reckoning = try reckoning()
    reckoning.operations.operations.append(
      try operation(9, Self.pump.id, accepted: 3, state: .superseded))
    expect(reckoning, "is of no event")
  }

  @Test func `an event that stands before one that was acknowledged before it is found`() throws {
    var reckoning = try reckoning()
    reckoning.stored[0].sequence = 9
    expect(reckoning, "was acknowledged before that at place")
  }

  @Test func `an event that was sent too late is found`() throws {
    var reckoning = try reckoning()
    reckoning.operations.operations[1].request.expiresAt = time(2)
    expect(reckoning, "too late")
  }

  @Test func `what is wrong with operations is found`() throws {
    var reckoning = try reckoning()
    reckoning.operations.arrivals.append(arrival(at: 30))
    expect(reckoning, "arrived more than once")
  }

  @Test func `each event is told, and some are told again and out of order`() async throws {
    let feed = HookChaosFeed(count: 1000, seed: Self.seed)
    feed.allow(upTo: 1000)
    var told: [Int] = []
    while let delivery = try await feed.next() { told.append(delivery.number) }
    #expect(Set(told) == Set(1...1000))
    #expect(told.count > 1200)
    #expect(zip(told, told.dropFirst()).contains { $0 == $1 })
    #expect(zip(told, told.dropFirst()).contains { $0 > $1 + 19 })
  }

  // MARK: Support

  // Two changes of one field, of which the second overtakes the first, and an event of no rule.
  private static let events = (1...100).map { HookChaosEvent($0, seed: seed, heatPumps: 1) }
  private static let changes = Array(events.filter { $0.kind == .hotWater }.prefix(2))
  private static let ignored = events.first { $0.kind == .doorbell }?.number ?? 0

  private func expect(_ reckoning: HookChaosReckoning, _ words: String...) {
    let findings = reckoning.findings
    for words in words {
      #expect(findings.contains { $0.contains(words) }, "\(words) not in \(findings)")
    }
  }

  private func reckoning() throws -> HookChaosReckoning {
    let numbers = Self.changes.map(\.number) + [Self.ignored]
    let events = numbers.map { HookChaosEvent($0, seed: Self.seed, heatPumps: 1) }
    let ids = numbers.indices.map { ResourceID(high: 3, low: UInt64($0)) }
    var older = try operation(1, ids[0], accepted: 1, state: .superseded)
    let newer = try operation(2, ids[1], accepted: 2, state: .accepted)
    older.supersededFields = ["/comment": newer.request.id]
    let operations = [older, newer]
    let stored = events.indices.map { index in
      let event = events[index]
      return StoredHookEvent(
        id: ids[index], organisation: "acme", hook: event.source.rawValue, key: [],
        receivedAt: time(index + 1), decidedAt: time(index + 1), body: kept(event),
        sequence: Int64(index + 1), rule: index < 2 ? event.kind.rawValue : nil,
        heatPump: index < 2 ? Self.pump : nil, refusal: nil,
        operation: index < 2 ? operations[index] : nil, replays: 0)
    }
    var entries: [Int: HookChaosLedger.Entry] = [:]
    for (index, number) in numbers.enumerated() {
      var entry = HookChaosLedger.Entry(firstSentAt: moment(index * 10))
      entry.acknowledgedAt = moment(index * 10 + 5)
      entry.ids = index == 1 ? [ids[1], ids[1]] : [ids[index]]
      entries[number] = entry
    }
    return HookChaosReckoning(
      events: Dictionary(uniqueKeysWithValues: events.map { ($0.number, $0) }), entries: entries,
      stored: stored,
      told: Dictionary(uniqueKeysWithValues: stored.map { ($0.id, $0.state.rawValue) }),
      toldBefore: [ids[0]: ["accepted", "applied"], ids[1]: ["accepted", "applied"]],
      operations: ChaosReckoning(
        operations: operations, arrivals: [arrival(at: 11)], acknowledged: [],
        before: [Self.pump.id: try document("before")],
        after: [Self.pump.id: try document("value 2")]))
  }

  private func operation(
    _ number: Int, _ event: ResourceID, accepted: Int, state: OperationState
  ) throws -> StoredOperation {
    let source = Self.changes[min(number, 2) - 1].source
    return StoredOperation(
      request: NewOperation(
        id: ResourceID(high: 4, low: UInt64(number)), heatPump: Self.pump,
        origin: OperationOrigin(
          kind: .hook, name: source.rawValue, occasion: event.description),
        patch: Array(#"{"comment":"value \#(number)"}"#.utf8), acceptedAt: time(accepted),
        expiresAt: time(600), retries: true),
      sequence: Int64(number), state: state,
      attempts: [SendAttempt(at: time(10), body: 7)], changedAt: time(12))
  }

  private func kept(_ event: HookChaosEvent) -> [UInt8] {
    let kept: JSONValue = ["format": "json", "body": event.body]
    return kept.encoded
  }

  private func document(_ comment: String) throws -> HeatPumpDocument {
    let shown: JSONValue = [
      "id": .string(Self.pump.id.description), "comment": .string(comment),
    ]
    return try HeatPumpDocument(parsing: shown.encoded)
  }

  private func arrival(at second: Int) -> ChaosReckoning.Arrival {
    ChaosReckoning.Arrival(
      heatPump: Self.pump.id, at: time(second), body: 7, applied: true, status: 200)
  }

  private func time(_ second: Int) -> Timestamp {
    Timestamp(microseconds: Int64(second) * 1_000_000)
  }

  private func moment(_ second: Int) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: Int64(second) * 1_000_000_000)
  }
}
