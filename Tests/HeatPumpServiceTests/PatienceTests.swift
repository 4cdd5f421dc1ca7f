import GatewayCore
import PoderoClient
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: a change that nobody waits for is tried until its time is over, and says then what it met.
/// Method: an upstream that cannot be reached, and a clock moved by hand.
@Suite struct PatienceTests {
  private let fixture = OrganisationFixture()

  @Test func `it is tried again and then carried out`() async throws {
    let operation = try await accept()
    #expect(try await state(operation) == .queued)
    fixture.advance(2)
    try await fixture.waitForOpen(0)
    #expect(try await state(operation) == .accepted)
    #expect(fixture.upstream.updates.count == 2)
  }

  @Test func `it waits for credentials that are put right`() async throws {
    let operation = try await accept(failing: .status(403))
    #expect(try await state(operation) == .queued)
    fixture.advance(2)
    try await fixture.waitForOpen(0)
    #expect(try await state(operation) == .accepted)
  }

  @Test func `it expires when it was tried in vain`() async throws {
    let operation = try await accept()
    fixture.advance(601)
    try await fixture.waitForOpen(0)
    #expect(try await state(operation) == .expired)
    let outcome = try await fixture.service.operation(operation).outcome
    let detail = try JSONValue(parsing: outcome).at(pointer: "/problem/detail")?.string
    #expect(detail?.contains("The last try met:") == true)
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `an event is tried again after a try that got lost, however many were in vain`()
    async throws
  {
    let event = try fixture.event(within: .seconds(600))
    fixture.upstream.transport.append(
      fixture.upstream.detail(cellar.id), .fail(TransportFault(.tls, mayHaveBeenSent: false)),
      .fail(TransportFault(.interrupted, mayHaveBeenSent: true)))
    try await fixture.leaveBehind(event)
    let lanes = Task { await fixture.service.takeUpLanes(isAlone: true) }
    defer { lanes.cancel() }
    // Two equal reads behind the upstream's time-out decide that it did not arrive.
    let ended = try await fixture.advance(until: .accepted, of: event.id, sleepers: 1)
    #expect(ended.attempts.count == 3)
    #expect(fixture.upstream.updates.count == 3)
  }

  @Test func `an event expires when its only try got lost and its time is over`() async throws {
    let event = try fixture.event(within: .seconds(10))
    try await fixture.leaveBehind(event, isSent: true)
    let lanes = Task { await fixture.service.takeUpLanes(isAlone: true) }
    defer { lanes.cancel() }
    let ended = try await fixture.advance(until: .expired, of: event.id, sleepers: 1)
    #expect(ended.problemDetail?.contains("not carried out") == true)
    #expect(fixture.upstream.updates == [])
  }

  @Test func `it is not sent once its time ran out over reading the present state`() async throws {
    let operation = try fixture.newOperation(#"{"comment":"hello"}"#, within: .seconds(5))
    fixture.upstream.transport.append(.hold)
    try await fixture.leaveBehind(operation)
    let lanes = Task { await fixture.service.takeUpLanes(isAlone: true) }
    defer { lanes.cancel() }
    await fixture.upstream.transport.waitForRequests(1)
    fixture.advance(6)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    try await fixture.waitForOpen(0)
    #expect(try await state(operation.id) == .expired)
    #expect(fixture.upstream.updates == [])
  }

  @Test func `it is not sent once its time ran out over waiting for leave`() async throws {
    let fixture = OrganisationFixture(upstream: { $0.inFlight = 1 })
    fixture.upstream.place(shed.id, of: shed.user)
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    async let other = fixture.read(shed)
    await fixture.upstream.transport.waitForRequests(2)
    let event = try fixture.event(within: .seconds(5))
    try await fixture.leaveBehind(event)
    let lanes = Task { await fixture.service.takeUpLanes(isAlone: true) }
    defer { lanes.cancel() }
    await turnsTrue("the update's wait") {
      fixture.client.status.budget.waiting[.event, default: 0] == 1
    }
    fixture.advance(6)
    fixture.upstream.transport.release(fixture.upstream.detail(shed.id))
    _ = try await other
    try await fixture.waitForOpen(0)
    #expect(try await fixture.service.operation(event.id).state == .expired)
    #expect(fixture.upstream.updates == [])
  }

  /// Stores a change whose first try fails; as it stands, without having reached the upstream.
  private func accept(
    failing step: FakeTransport.Step = .fail(TransportFault(.tls, mayHaveBeenSent: false))
  ) async throws -> ResourceID {
    _ = try await fixture.read()
    fixture.upstream.transport.append(step)
    var request = try fixture.request(#"{"comment":"hello"}"#)
    request.waiting = .notAtAll
    guard case .running(let operation) = try await fixture.service.write(request) else {
      throw GatewayFault(.internalError, "it does not run")
    }
    await fixture.upstream.transport.waitForRequests(2)
    await fixture.clock.waitForSleepers(1)
    return operation.request.id
  }

  private func state(_ operation: ResourceID) async throws -> OperationState {
    try await fixture.service.operation(operation).state
  }
}

extension OrganisationFixture {
  fileprivate func event(within patience: Duration) throws -> NewOperation {
    var event = try newOperation(#"{"comment":"hello"}"#, within: patience)
    event.origin = OperationOrigin(kind: .hook, name: "house", occasion: "event")
    return event
  }
}
