public import GatewayCore

/// What is stored under an idempotency key.
public struct KeyRecord: Sendable, Equatable {
  /// ``IdempotencyKey/fingerprint`` of the first request.
  public var fingerprint: [UInt8]
  /// The operation that it led to.
  public var operationID: ResourceID
  /// When it was made; ``Storage/prune(operations:keys:settings:)`` goes by this.
  public var madeAt: Timestamp
  /// The answer, once there is one.
  public var answer: StoredAnswer?

  /// Creates a record.
  public init(
    fingerprint: [UInt8], operationID: ResourceID, madeAt: Timestamp, answer: StoredAnswer? = nil
  ) {
    self.fingerprint = fingerprint
    self.operationID = operationID
    self.madeAt = madeAt
    self.answer = answer
  }

  /// What a request with the same key gets.
  public func acceptance(of key: IdempotencyKey) -> Acceptance {
    guard key.fingerprint == fingerprint else { return .mismatch }
    guard let answer else { return .running(operationID: operationID) }
    return .repeated(answer)
  }
}
