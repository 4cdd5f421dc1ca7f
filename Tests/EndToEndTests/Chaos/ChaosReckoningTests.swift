import GatewayCore
import HeatPumps
import Storage
import Testing

/// Goal: the reckoning of the chaos tests finds whatever it is there to find.
/// Method: one heat pump with two writes as they should go, then each thing that could go wrong.
@Suite struct ChaosReckoningTests {
  private static let pump = HeatPumpReference(
    organisation: "acme", user: ResourceID(high: 1, low: 1), id: ResourceID(high: 2, low: 2))

  @Test func `what went well has no findings`() throws {
    #expect(try reckoning().findings == [])
    let figures = try reckoning().figures
    #expect(figures.promises == ["accepted": 2])
    #expect(figures.applied == 2)
  }

  @Test func `a promise that was lost is found`() throws {
    var reckoning = try reckoning()
    reckoning.operations.removeFirst()
    #expect(reckoning.findings.contains { $0.contains("acknowledged and lost") })
  }

  @Test(arguments: [OperationState.queued, .sent])
  func `an operation without an end is found`(state: OperationState) throws {
    var reckoning = try reckoning()
    reckoning.operations[1].state = state
    #expect(reckoning.findings.contains { $0.contains("is still") })
  }

  @Test func `an older body behind a newer one is found`() throws {
    var reckoning = try reckoning()
    reckoning.arrivals.append(arrival(second: 30, body: 1))
    #expect(reckoning.findings.contains { $0.contains("with an older body") })
  }

  @Test func `an update that nobody asked for is found`() throws {
    var unknown = try reckoning()
    unknown.arrivals.append(arrival(second: 30, body: 99))
    #expect(unknown.findings.contains { $0.contains("with an unknown body") })
    var early = try reckoning()
    early.arrivals.insert(arrival(second: 1, body: 1), at: 0)
    #expect(early.findings.contains { $0.contains("before anything was sent") })
    var elsewhere = try reckoning()
    elsewhere.before = [:]
    #expect(elsewhere.findings.contains { $0.contains("which no test writes to") })
  }

  @Test func `an update that arrived twice is found, unless the first was not let in`() throws {
    var twice = try reckoning()
    twice.arrivals.append(arrival(second: 30, body: 2))
    #expect(twice.findings.contains { $0.contains("arrived more than once") })
    var admitted = try reckoning()
    admitted.arrivals.insert(arrival(second: 20, body: 2, applied: false, status: 401), at: 1)
    #expect(admitted.findings == [])
  }

  @Test func `an operation that was carried out by two attempts is found`() throws {
    var reckoning = try reckoning()
    reckoning.operations[1].attempts.append(SendAttempt(at: time(40), body: 2))
    reckoning.arrivals.append(arrival(second: 41, body: 2))
    #expect(reckoning.findings.contains { $0.contains("carried out more than once") })
  }

  @Test(arguments: [OperationState.failed, .rejected, .expired, .cancelled])
  func `an operation that was carried out and denied is found`(state: OperationState) throws {
    var reckoning = try reckoning()
    reckoning.operations[1].state = state
    #expect(reckoning.findings.contains { $0.contains("carried out all the same") })
  }

  @Test func `a value that is not the newest is found`() throws {
    var reckoning = try reckoning()
    reckoning.after[Self.pump.id] = try document(standard: "51.00")
    #expect(reckoning.findings.contains { $0.contains("/hot_water/standard_temperature is") })
  }

  @Test func `a write of unknown outcome may have taken effect or not`() throws {
    var reckoning = try reckoning()
    reckoning.operations[1].state = .unknown
    #expect(reckoning.findings == [])
    reckoning.after[Self.pump.id] = try document(standard: "51.00")
    #expect(reckoning.findings == [])
    reckoning.after[Self.pump.id] = try document(standard: "50.00")
    #expect(!reckoning.findings.isEmpty)
  }

  @Test func `a field that is lost to a write that did not write it is found`() throws {
    var reckoning = try reckoning()
    reckoning.operations[0].supersededFields["/pause/until"] = reckoning.operations[1].request.id
    #expect(reckoning.findings.contains { $0.contains("which did not write it") })
  }

  // Two writes of one field, sent in their order, each carried out once.
  private func reckoning() throws -> ChaosReckoning {
    let operations = (1...2).map { number in
      var operation = StoredOperation(
        request: NewOperation(
          id: ResourceID(high: 3, low: UInt64(number)), heatPump: Self.pump,
          origin: OperationOrigin(kind: .app, name: "tests", occasion: "chaos-\(number)-1"),
          patch: Array(#"{"hot_water":{"standard_temperature":5\#(number).00}}"#.utf8),
          acceptedAt: time(0), expiresAt: time(600)),
        sequence: Int64(number), state: .accepted, changedAt: time(600))
      operation.attempts = [SendAttempt(at: time(number * 10), body: UInt64(number))]
      return operation
    }
    return ChaosReckoning(
      operations: operations,
      arrivals: [arrival(second: 11, body: 1), arrival(second: 21, body: 2)],
      acknowledged: Set(operations.map(\.request.id)),
      before: [Self.pump.id: try document(standard: "50.00")],
      after: [Self.pump.id: try document(standard: "52.00")])
  }

  private func time(_ second: Int) -> Timestamp {
    Timestamp(microseconds: Int64(second) * 1_000_000)
  }

  private func arrival(
    second: Int, body: UInt64, applied: Bool = true, status: Int? = 200
  ) -> ChaosReckoning.Arrival {
    ChaosReckoning.Arrival(
      heatPump: Self.pump.id, at: time(second), body: body, applied: applied, status: status)
  }

  private func document(standard: String) throws -> HeatPumpDocument {
    try HeatPumpDocument(
      parsing: Array(
        #"{"id":"\#(Self.pump.id)","dhw_standard_temperature":\#(standard)}"#.utf8))
  }
}
