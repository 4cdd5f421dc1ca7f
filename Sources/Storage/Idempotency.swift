public import GatewayCore

/// A caller's `Idempotency-Key` with what it was sent for.
public struct IdempotencyKey: Sendable, Hashable {
  /// The app; keys of different apps have nothing to do with one another.
  public let app: String
  /// The header's value.
  public let key: String
  /// A hash of method, target and body: the same key for something else is a mistake.
  public let fingerprint: [UInt8]

  /// Creates a key.
  public init(app: String, key: String, fingerprint: [UInt8]) {
    self.app = app
    self.key = key
    self.fingerprint = fingerprint
  }

  /// How long a key is remembered.
  public static let lifetime = Duration.seconds(86400)
}

/// An answer that is given again to the same key.
public struct StoredAnswer: Sendable, Equatable {
  /// The status.
  public var status: Int
  /// Name and value of the headers that are part of the answer.
  public var headers: [HTTPResponse.Header]
  /// The body.
  public var body: [UInt8]

  /// Creates an answer.
  public init(status: Int, headers: [HTTPResponse.Header], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// What became of the wish to store an operation.
public enum Acceptance: Sendable, Equatable {
  /// It is durable. With a lease, its lane was free and is the asker's now; without, whoever holds
  /// the lane will come to it.
  case accepted(StoredOperation, lease: LaneLease?)
  /// The key was used before, and this was the answer.
  case repeated(StoredAnswer)
  /// The key was used before, and that operation has not ended.
  case running(operationID: ResourceID)
  /// The key was used before, for another request.
  case mismatch
}
