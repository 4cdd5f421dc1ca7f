import GatewayCore
import Storage
import Testing

/// Goal: the rules that all storages share are right by themselves.
/// Method: values in, values out.
@Suite struct RuleTests {
  static let noon = Timestamp(microseconds: 1_795_521_600_000_000)
  static let heatPump = HeatPumpReference(
    organisation: "north", user: ResourceID(high: 1, low: 1), id: ResourceID(high: 2, low: 1))

  static func request(_ gateway: UInt64, at seconds: Int) -> LaneRequest {
    let now = noon + .seconds(seconds)
    return LaneRequest(
      owner: ResourceID(high: 4, low: gateway), now: now, until: now + .seconds(60))
  }

  static func operation(_ state: OperationState = .queued) -> StoredOperation {
    StoredOperation(
      request: NewOperation(
        id: ResourceID(high: 3, low: 1), heatPump: heatPump,
        origin: OperationOrigin(kind: .app, name: "comfort", occasion: "1"), patch: [],
        acceptedAt: noon, expiresAt: noon + .seconds(600)),
      sequence: 7, state: state, changedAt: noon)
  }

  @Test func `a lane is free before its first holder and from the end of a lease on`() {
    var lane = LaneState.unused
    #expect(lane.isFree(at: Self.noon))
    let fences = [(1, 0), (2, 59), (2, 60)].map { gateway, seconds in
      lane.claim(Self.heatPump, Self.request(gateway, at: seconds))?.fence
    }
    #expect(fences == [1, nil, 2])
    #expect(lane.owner == ResourceID(high: 4, low: 2))
  }

  @Test func `a lease is known by its fence as long as somebody holds the lane`() throws {
    var lane = LaneState.unused
    let claimed = lane.claim(Self.heatPump, Self.request(1, at: 0))
    let first = try #require(claimed)
    #expect(lane.isHeld(by: first))
    lane.owner = nil
    #expect(!lane.isHeld(by: first))
    let reclaimed = lane.claim(Self.heatPump, Self.request(1, at: 1))
    let second = try #require(reclaimed)
    #expect(!lane.isHeld(by: first) && lane.isHeld(by: second))
  }

  @Test(arguments: OperationState.allCases)
  func `each step asks for its states`(state: OperationState) throws {
    var sent = Self.operation(state)
    var concluded = Self.operation(state)
    var cancelled = Self.operation(state)
    let attempt = SendAttempt(at: Self.noon + .seconds(1), body: 1)
    if state.isOpen {
      try sent.send(attempt)
      #expect(sent.state == .sent && sent.attempts == [attempt])
    } else {
      #expect(throws: StorageFault.outdated) { try sent.send(attempt) }
      #expect(sent == Self.operation(state))
    }
    let conclusion = Conclusion(operationID: sent.request.id, state: .verified)
    if state.isOpen || state == .accepted {
      try concluded.conclude(conclusion, at: Self.noon)
      #expect(concluded.state == .verified)
    } else {
      #expect(throws: StorageFault.outdated) {
        try concluded.conclude(conclusion, at: Self.noon)
      }
      #expect(concluded == Self.operation(state))
    }
    let isCancelled = cancelled.cancel(at: Self.noon)
    #expect(isCancelled == (state == .queued))
    #expect(cancelled.state == (state == .queued ? .cancelled : state))
  }

  @Test func `only what goes back to the queue is put off`() throws {
    for (state, expected) in [(OperationState.queued, 9), (.failed, 0)] {
      var operation = Self.operation()
      try operation.conclude(
        Conclusion(
          operationID: operation.request.id, state: state, notBefore: Self.noon + .seconds(9)),
        at: Self.noon)
      #expect(operation.request.notBefore == Self.noon + .seconds(expected))
    }
  }

  @Test func `a key is compared before its answer is given`() {
    let id = ResourceID(high: 3, low: 1)
    var record = KeyRecord(fingerprint: [1], operationID: id, madeAt: Self.noon)
    let same = IdempotencyKey(app: "a", key: "k", fingerprint: [1])
    let other = IdempotencyKey(app: "a", key: "k", fingerprint: [2])
    #expect(record.acceptance(of: same) == .running(operationID: id))
    #expect(record.acceptance(of: other) == .mismatch)
    let answer = StoredAnswer(status: 200, headers: [], body: [])
    record.answer = answer
    #expect(record.acceptance(of: same) == .repeated(answer))
    #expect(record.acceptance(of: other) == .mismatch)
  }

  @Test func `a state that refuses has not changed`() throws {
    var state = StorageState()
    let request = Self.request(1, at: 0)
    let first = Self.operation().request
    guard case .accepted(_, let lease?) = try state.accept(first, key: nil, lane: request) else {
      Issue.record("it was not accepted")
      return
    }
    let missing = ResourceID(high: 3, low: 99)
    #expect(throws: StorageFault.outdated) {
      try state.markSent(
        [first.id, missing], SendAttempt(at: Self.noon, body: 1), lease: lease)
    }
    #expect(state.operation(first.id)?.state == .queued)
    #expect(throws: StorageFault.outdated) {
      try state.conclude(
        [first.id, missing].map { Conclusion(operationID: $0, state: .failed) }, at: Self.noon,
        lease: lease, audit: [])
    }
    #expect(state.openOperations(of: Self.heatPump).count == 1)
  }

  @Test func `a copy of a state goes its own way`() throws {
    var state = StorageState()
    let copy = state
    _ = try state.accept(Self.operation().request, key: nil, lane: Self.request(1, at: 0))
    #expect(state.openOperations(of: Self.heatPump).count == 1)
    #expect(copy.openOperations(of: Self.heatPump).isEmpty)
  }
}
