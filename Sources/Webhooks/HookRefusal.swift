public import GatewayCore

/// Why a request to a hook's address is not taken.
public struct HookRefusal: Error, Sendable {
  /// The reason; a closed set, fit for a metric label. Never told to the caller.
  public enum Reason: String, Sendable, CaseIterable {
    /// No hook has that name.
    case unknownHook = "unknown_hook"
    /// The hook is switched off.
    case disabledHook = "disabled_hook"
    /// A header or token by which the source proves itself is not there.
    case missingProof = "missing_proof"
    /// Such a header stands more than once.
    case repeatedHeader = "repeated_header"
    /// The path holds a token, and the hook is not known by one.
    case unexpectedToken = "unexpected_token"
    /// The signature, token or password is another one.
    case wrongProof = "wrong_proof"
    /// The signature is good, and its time is more than 5 minutes off or cannot be read.
    case staleTimestamp = "stale_timestamp"
    /// The body is in a format that hooks don't read.
    case unsupportedMediaType = "unsupported_media_type"
    /// The body is not what its content type says, or is no object.
    case malformedBody = "malformed_body"
    /// The event has no id where the hook's events have theirs.
    case missingEventID = "missing_event_id"
  }

  /// The reason.
  public let reason: Reason
  /// What the caller is told. It is the same for whoever does not prove to be a known source.
  public let fault: GatewayFault

  /// The refusal of a hook whose organisation is not there.
  public static let misplaced = unauthenticated(.unknownHook)

  /// The reason as a word, for the log.
  public var logReason: String { reason.rawValue }

  init(_ reason: Reason, _ type: ProblemType, _ detail: String) {
    self.reason = reason
    fault = GatewayFault(type, detail, cause: reason.rawValue)
  }

  static func unauthenticated(_ reason: Reason) -> HookRefusal {
    HookRefusal(
      reason, .unauthenticated, "The request does not prove that it comes from a known source.")
  }
}
