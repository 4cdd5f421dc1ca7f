import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Operations as they stand in the storage: waiting for them, and leaving some behind as a process
/// that has died.
extension OrganisationFixture {
  /// Waits until a heat pump has so many open operations.
  func waitForOpen(_ count: Int, _ address: HeatPumpAddress = cellar) async throws {
    try await waits("\(count) open operations") {
      try await storage.openOperations(of: service.reference(address)).count == count
    }
  }

  /// Waits until a heat pump's lane was given back and is known to be empty.
  func waitForRest(_ address: HeatPumpAddress = cellar) async throws {
    try await waits("an empty lane") { service.emptyLanes.lastFence(of: address.id) != nil }
  }

  /// Waits until an operation has come to a state.
  ///
  /// - Returns: the operation.
  @discardableResult
  func waitFor(_ state: OperationState, of id: ResourceID) async throws -> StoredOperation {
    try await waits("\(state)") { try await storage.operation(id)?.state == state }
    return try await stored(id)
  }

  /// Lets time pass, as soon as `sleepers` tasks wait for it, until an operation has come to a
  /// state.
  ///
  /// - Returns: the operation.
  func advance(
    until state: OperationState, of id: ResourceID, sleepers: Int
  ) async throws -> StoredOperation {
    try await waits("\(state)") {
      if try await storage.operation(id)?.state == state { return true }
      if clock.sleeperCount >= sleepers { advance(1) }
      return false
    }
    return try await stored(id)
  }

  func stored(_ id: ResourceID) async throws -> StoredOperation {
    try #require(try await storage.operation(id))
  }

  /// A write that goes on without its caller.
  func writeAsync(
    _ json: String, ifMatch: WritePrecondition? = nil, key: IdempotencyKey? = nil
  ) async throws -> StoredOperation {
    let reply = try await service.write(
      request(json, ifMatch: ifMatch, key: key, waiting: .notAtAll))
    switch reply {
    case .running(let operation): return operation
    // It was faster than the caller left.
    case .confirmed(let result): return try await stored(result.operationID)
    case .repeated: throw GatewayFault(.internalError, "the write is a repeat")
    }
  }

  func newOperation(
    _ json: String, number: UInt64 = 1, precondition: [UInt64]? = nil,
    within patience: Duration = .seconds(600)
  ) throws -> NewOperation {
    NewOperation(
      id: ResourceID(high: 5, low: number), heatPump: service.reference(cellar),
      origin: Self.origin, patch: try patch(json).body.encoded, precondition: precondition,
      acceptedAt: clock.wall, expiresAt: clock.wall + patience, retries: true)
  }

  /// Leaves an operation behind as a process that dies with its lane for a minute to come.
  ///
  /// - Parameter isSent: whether it died right after it had noted that the values go upstream.
  func leaveBehind(_ operation: NewOperation, isSent: Bool = false) async throws {
    let dead = LaneRequest(
      owner: ResourceID(high: 7, low: 7), now: clock.wall, until: clock.wall + .seconds(60))
    let acceptance = try await storage.accept(operation, key: nil, lane: dead)
    guard isSent, case .accepted(_, let lease?) = acceptance else { return }
    try await storage.markSent(
      [operation.id], SendAttempt(at: clock.wall, body: 0), lease: lease)
  }

  /// Another gateway takes the lane, as if its lease had run out.
  @discardableResult
  func takeLane(_ address: HeatPumpAddress = cellar) async throws -> LaneLease {
    let later = clock.wall + .seconds(3600)
    let other = LaneRequest(
      owner: ResourceID(high: 7, low: 7), now: later, until: later + .seconds(60))
    return try #require(try await storage.claimLane(service.reference(address), other))
  }

  /// Waits until a lane in which something is open is nobody's.
  func waitForFreeLane(_ address: HeatPumpAddress = cellar) async throws {
    try await waits("a free lane") {
      try await storage.abandonedLanes(at: clock.wall, limit: 9)
        .contains(service.reference(address))
    }
  }

  /// Lets the update that is held longest be carried out and answered.
  func releaseUpdate() {
    guard let update = upstream.transport.requests.last(where: { $0.method == .put }) else {
      return
    }
    upstream.transport.release(upstream.carryOut(update))
  }

  private func waits(
    _ comment: String, _ condition: () async throws -> Bool
  ) async throws {
    let end = SystemClock().monotonic + .seconds(60)
    while try await !condition() {
      try #require(SystemClock().monotonic < end, "did not come true: \(comment)")
      // A pause between two looks, on purpose: a busy loop would starve what is waited for.
      try await Task.sleep(for: .milliseconds(1))
    }
  }
}
