public import GatewayCore

extension UpstreamFault {
  /// The problem for the caller, with none of the upstream's text.
  ///
  /// A 422's findings are not translated to pointers here: ``details`` has them.
  public func gatewayFault() -> GatewayFault {
    let (type, detail) = problem
    // 503 promises a Retry-After; a second is the least that makes sense.
    let wait = type.needsRetryAfter ? retryAfter ?? .seconds(1) : retryAfter
    return GatewayFault(type, detail, retryAfter: wait, cause: description)
  }

  private var problem: (ProblemType, String) {
    switch kind {
    case .credentials:
      (.upstreamCredentials, "The upstream does not accept the gateway's credentials.")
    case .throttled:
      (.upstreamThrottled, "The budget for calls to the upstream is used up.")
    case .unavailable:
      (.upstreamUnavailable, "The upstream is not called at present.")
    case .unreachable:
      (.upstreamUnreachable, "No connection to the upstream came about.")
    case .timeout, .cancelled:
      (.upstreamTimeout, "The upstream did not answer in time.")
    case .error(let status):
      (.upstreamError, "The upstream answered with status \(status).")
    case .unreadable:
      (.upstreamUnreadable, "The upstream's answer is not the JSON of its schema.")
    case .rejected:
      (.upstreamRejected, "The upstream's own checks refused the update.")
    case .notFound:
      (.notFound, "There is no such heat pump.")
    case .interrupted:
      mayHaveBeenApplied
        ? (.outcomeUnknown, "The connection broke after the update was sent.")
        : (.upstreamUnreachable, "The connection to the upstream broke before its answer came.")
    }
  }
}

extension ProblemType {
  fileprivate var needsRetryAfter: Bool { ProblemCatalogue.entry(self).status == 503 }
}
