import GatewayCore
import Storage

/// Made-up content; equal numbers give equal things.
enum Samples {
  /// An arbitrary beginning of time, and some seconds.
  static func time(_ seconds: Int64 = 0) -> Timestamp {
    Timestamp(microseconds: 1_795_514_400_000_000 + seconds * 1_000_000)
  }

  /// Ids of different kinds never meet.
  static func id(_ kind: UInt64, _ number: Int) -> ResourceID {
    ResourceID(high: 0x0198_0000_0000_7000 + kind, low: 0x8000_0000_0000_0000 + UInt64(number))
  }

  static func heatPump(_ number: Int = 1, of organisation: String = "north") -> HeatPumpReference {
    HeatPumpReference(organisation: organisation, user: id(1, number), id: id(2, number))
  }

  static func operation(
    _ number: Int, on heatPump: HeatPumpReference = heatPump(), notBefore: Timestamp? = nil
  ) -> NewOperation {
    NewOperation(
      id: id(3, number), heatPump: heatPump,
      origin: OperationOrigin(kind: .app, name: "comfort", occasion: "request-\(number)"),
      patch: Array(#"{"pause":{"active":true}}"#.utf8), acceptedAt: time(Int64(number)),
      expiresAt: time(Int64(number) + 600), notBefore: notBefore)
  }

  static func key(_ name: String = "one", app: String = "comfort", of request: UInt8 = 1)
    -> IdempotencyKey
  {
    IdempotencyKey(app: app, key: name, fingerprint: [UInt8](repeating: request, count: 32))
  }

  /// A gateway's wish to have a lane for 60 s.
  static func request(_ gateway: Int = 1, at seconds: Int64 = 0) -> LaneRequest {
    LaneRequest(owner: id(4, gateway), now: time(seconds), until: time(seconds + 60))
  }

  static func attempt(_ seconds: Int64, body: UInt64 = .max) -> SendAttempt {
    SendAttempt(at: time(seconds), body: body)
  }

  static func entry(
    _ number: Int, _ state: OperationState = .accepted, at seconds: Int64 = 100
  ) -> AuditEntry {
    AuditEntry(
      at: time(seconds), heatPump: heatPump(), operationID: id(3, number),
      origin: OperationOrigin(kind: .hook, name: "ring", occasion: "event-\(number)"),
      state: state, changes: Array(#"{"/pause/active":[false,true]}"#.utf8))
  }

  static let answer = StoredAnswer(
    status: 200, headers: [.init("ETag", "\"1.2\""), .init("ETag", "twice, and \"quoted\"")],
    body: [0, 255, 10])
}

extension Acceptance {
  /// The operation, if it was accepted.
  var operation: StoredOperation? {
    guard case .accepted(let operation, _) = self else { return nil }
    return operation
  }

  /// The lease, if it came with one.
  var lease: LaneLease? {
    guard case .accepted(_, let lease) = self else { return nil }
    return lease
  }
}

extension Storage {
  /// Accepts an operation and gives what was stored, or `nil` if it was not accepted.
  @discardableResult
  func store(
    _ number: Int, on heatPump: HeatPumpReference = Samples.heatPump(),
    key: IdempotencyKey? = nil, at seconds: Int64 = 0
  ) async throws -> StoredOperation? {
    try await accept(
      Samples.operation(number, on: heatPump), key: key, lane: Samples.request(at: seconds)
    ).operation
  }

  /// Gives a lane's first right, and takes it back.
  func emptyLane(of heatPump: HeatPumpReference = Samples.heatPump()) async throws {
    guard let lease = try await claimLane(heatPump, Samples.request()) else { return }
    _ = try await releaseLane(lease)
  }

  /// Brings an operation to an end, in no lane.
  func conclude(
    _ number: Int, _ state: OperationState, key: Conclusion.KeyFate = .keep,
    at seconds: Int64 = 100
  ) async throws {
    try await conclude(
      [Conclusion(operationID: Samples.id(3, number), state: state, key: key)],
      at: Samples.time(seconds), lease: nil, audit: [])
  }

  /// The state of an operation.
  func state(of number: Int) async throws -> OperationState? {
    try await operation(Samples.id(3, number))?.state
  }
}
