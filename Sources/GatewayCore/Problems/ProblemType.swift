/// Every problem that the gateway can answer with (RFC 9457); the raw value ends the `type` URI.
///
/// Clients switch on these names, so none is ever renamed.
public enum ProblemType: String, Sendable, CaseIterable {
  /// The request breaks HTTP's rules or a parameter cannot be read.
  case malformedRequest = "malformed-request"
  /// The body is not the JSON that is accepted.
  case malformedJSON = "malformed-json"
  /// The caller is not known.
  case unauthenticated
  /// The caller is known and may not.
  case forbidden
  /// There is no such thing, or the caller may not see it.
  case notFound = "not-found"
  /// The resource does not take this method.
  case methodNotAllowed = "method-not-allowed"
  /// No representation that the caller accepts.
  case notAcceptable = "not-acceptable"
  /// The request did not arrive in time.
  case requestTimeout = "request-timeout"
  /// The first request with this idempotency key is still running.
  case idempotencyInProgress = "idempotency-in-progress"
  /// The operation went too far to be cancelled.
  case operationNotCancellable = "operation-not-cancellable"
  /// The event cannot be judged again, or not now.
  case eventNotReplayable = "event-not-replayable"
  /// The app has as many subscriptions as it may.
  case tooManySubscriptions = "too-many-subscriptions"
  /// A body without `Content-Length`.
  case lengthRequired = "length-required"
  /// `If-Match` named another state.
  case preconditionFailed = "precondition-failed"
  /// The body is larger than the limit.
  case contentTooLarge = "content-too-large"
  /// The request target is longer than the limit.
  case uriTooLong = "uri-too-long"
  /// A name that this listener does not have.
  case misdirectedRequest = "misdirected-request"
  /// A content type or coding that is not read here.
  case unsupportedMediaType = "unsupported-media-type"
  /// A patch that breaks the rules of the fields.
  case invalidPatch = "invalid-patch"
  /// A value that no house should have.
  case guardRail = "guard-rail"
  /// A subscription that cannot be made like this.
  case invalidSubscription = "invalid-subscription"
  /// A fleet job that cannot be made like this.
  case invalidJob = "invalid-job"
  /// A new configuration that cannot be used.
  case configurationRefused = "configuration-refused"
  /// The idempotency key was used for another body.
  case idempotencyMismatch = "idempotency-mismatch"
  /// The upstream refused the values.
  case upstreamRejected = "upstream-rejected"
  /// The caller's own limit.
  case rateLimited = "rate-limited"
  /// The head is larger than the limit.
  case headerFieldsTooLarge = "header-fields-too-large"
  /// A fault of the gateway's own.
  case internalError = "internal-error"
  /// The upstream refuses the gateway's credentials.
  case upstreamCredentials = "upstream-credentials"
  /// The upstream failed.
  case upstreamError = "upstream-error"
  /// The upstream's answer cannot be read.
  case upstreamUnreadable = "upstream-unreadable"
  /// No connection to the upstream.
  case upstreamUnreachable = "upstream-unreachable"
  /// The upstream's limit or the budget for it is used up.
  case upstreamThrottled = "upstream-throttled"
  /// The upstream is not called at present.
  case upstreamUnavailable = "upstream-unavailable"
  /// The gateway's storage does not take it.
  case storageUnavailable = "storage-unavailable"
  /// The gateway is stopping.
  case shuttingDown = "shutting-down"
  /// Too many event streams are open.
  case tooManyStreams = "too-many-streams"
  /// The upstream did not answer in time.
  case upstreamTimeout = "upstream-timeout"
  /// A write whose outcome could not be settled.
  case outcomeUnknown = "outcome-unknown"
  /// Nothing is cached, and the caller wanted nothing else.
  case notCached = "not-cached"
}

/// What the caller can do about a problem.
public enum Resolution: String, Sendable, CaseIterable {
  /// The same request may succeed later.
  case retryLater = "retry_later"
  /// The request must change.
  case fixRequest = "fix_request"
  /// Another or a renewed key is needed.
  case reauthenticate
  /// Somebody who runs the gateway has to act.
  case contactSupport = "contact_support"
}
