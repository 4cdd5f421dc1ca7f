public import GatewayCore

/// One finding of the upstream's own checks (django-ninja's 422), without its words.
public struct UpstreamFieldError: Sendable, Hashable {
  /// Where: names and indices, such as `["body", "data", "comment"]`.
  public let location: [JSONValue]
  /// The rule's name, such as `string_too_long`; `invalid` if the upstream's is not a plain word.
  public let type: String

  /// Creates a finding.
  public init(location: [JSONValue], type: String) {
    self.location = location
    self.type = type
  }
}

/// Why a call to the upstream gave no body.
public struct UpstreamFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Kind: Sendable, Equatable {
    /// 401 or 403 that a fresh token does not cure, or no token because the client is refused.
    case credentials
    /// 429, or the budget is used up.
    case throttled
    /// The breaker is open, or there is no token.
    case unavailable
    /// No connection.
    case unreachable
    /// No answer before the deadline.
    case timeout
    /// Another status than 2xx: the status code.
    case error(status: Int)
    /// Something other than JSON, or an answer beyond HTTP's rules or the size limit.
    case unreadable
    /// 422: what the upstream's checks found.
    case rejected([UpstreamFieldError])
    /// 404.
    case notFound
    /// The connection broke before the whole answer had come.
    case interrupted
    /// The caller's task was cancelled.
    case cancelled
  }

  /// What went wrong.
  public let kind: Kind
  /// Whether the update may have been carried out; always `false` for a read.
  public let mayHaveBeenApplied: Bool
  /// When the same call may succeed.
  public let retryAfter: Duration?
  /// More for the log: a status, or the transport's words. No secret, none of the upstream's text.
  public let cause: String

  /// Creates a fault.
  public init(
    _ kind: Kind, mayHaveBeenApplied: Bool = false, retryAfter: Duration? = nil, cause: String = ""
  ) {
    self.kind = kind
    self.mayHaveBeenApplied = mayHaveBeenApplied
    self.retryAfter = retryAfter
    self.cause = cause
  }

  /// A word of a closed set, fit for a metric label.
  public var label: String {
    switch kind {
    case .credentials: "credentials"
    case .throttled: "throttled"
    case .unavailable: "unavailable"
    case .unreachable: "unreachable"
    case .timeout: "timeout"
    case .error(let status): status >= 500 ? "error_5xx" : status >= 400 ? "error_4xx" : "error_3xx"
    case .unreadable: "unreadable"
    case .rejected: "rejected"
    case .notFound: "not_found"
    case .interrupted: "interrupted"
    case .cancelled: "cancelled"
    }
  }

  /// What the upstream's checks found; empty for other kinds.
  public var details: [UpstreamFieldError] {
    guard case .rejected(let details) = kind else { return [] }
    return details
  }

  /// Label and cause, for the log.
  public var description: String { cause.isEmpty ? label : "\(label): \(cause)" }
}
