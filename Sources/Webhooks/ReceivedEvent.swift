public import GatewayCore
public import HeatPumps

/// An event of a source that has proved itself, read but not yet decided on.
public struct ReceivedEvent: Sendable {
  /// The hook that it came through.
  public let hook: Hook
  /// A SHA-256 that is the same for the same event of the same hook, and for no other.
  public let key: [UInt8]
  /// The body: an object; of a form, one of texts and of lists of texts.
  public let body: JSONValue
  /// How the body was written, which ``Hook/decide(_:format:acceptedAt:resolve:rules:)`` must know.
  public let format: EventBody.Format
  /// The body as it came.
  public let raw: [UInt8]

  /// Whether all of the body may be kept.
  public var mayBeKeptWhole: Bool { hook.storesBody && hook.redactedPointers.isEmpty }

  /// What may be kept of the body for people to see; `nil` if its hook keeps none.
  public func storedBody() -> JSONValue? {
    guard hook.storesBody else { return nil }
    return hook.redactedPointers.reduce(body) {
      $0.replacing(pointer: $1, with: "[redacted]")
    }
  }
}
