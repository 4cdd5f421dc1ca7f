/// One row of the catalogue: all that is constant about a problem.
public struct ProblemEntry: Sendable {
  /// The name.
  public let type: ProblemType
  /// The status code that it is always answered with.
  public let status: Int
  /// The constant title.
  public let title: String
  /// What the caller can do.
  public let resolution: Resolution
  /// What `/problems/{name}` says about it: cause and cure.
  public let explanation: String
}

/// The table of all problems: the one place where a name gets its status and words.
public enum ProblemCatalogue {
  /// All rows, in the order of their status codes.
  public static let entries: [ProblemEntry] = rows.map {
    ProblemEntry(type: $0, status: $1, title: $2, resolution: $3, explanation: $4)
  }

  /// The row of a problem.
  public static func entry(_ type: ProblemType) -> ProblemEntry {
    guard let entry = byType[type] else {
      preconditionFailure("the catalogue lacks \(type.rawValue)")
    }
    return entry
  }

  private static let byType = Dictionary(
    entries.map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })

  private static let rows: [(ProblemType, Int, String, Resolution, String)] = [
    (
      .malformedRequest, 400, "The request cannot be read", .fixRequest,
      "The request breaks HTTP's rules, or a path, query or header value has the wrong form. "
        + "`detail` says which. Send a corrected request."
    ),
    (
      .malformedJSON, 400, "The body is not valid JSON", .fixRequest,
      "The body must be one JSON text (RFC 8259) in UTF-8, without duplicate keys and not nested "
        + "deeper than 32 levels. `detail` names the first offending byte."
    ),
    (
      .unauthenticated, 401, "The caller is not known", .reauthenticate,
      "There is no key, or it is wrong or expired. Send `Authorization: Bearer KEY` or "
        + "`X-API-Key: KEY`, just one of them; or, if that was arranged, an access token as "
        + "`Authorization: Bearer TOKEN`. A client certificate in the TLS handshake can stand in "
        + "their place, or beside them if both are the same app's. Nothing tells a wrong key from "
        + "an expired one, nor, at the address of a hook, a wrong proof from a hook that there is "
        + "not."
    ),
    (
      .forbidden, 403, "The caller may not do this", .contactSupport,
      "The key is good, but its app lacks the scope, or its policy does not allow the field or the "
        + "value. Ask whoever runs the gateway to widen it."
    ),
    (
      .notFound, 404, "Not found", .fixRequest,
      "There is no such resource, or the caller may not see it: both answer alike."
    ),
    (
      .methodNotAllowed, 405, "The resource does not take this method", .fixRequest,
      "`Allow` lists the methods that the resource takes."
    ),
    (
      .notAcceptable, 406, "No acceptable representation", .fixRequest,
      "Answers are `application/json`, problems `application/problem+json`; `Accept` excludes them."
    ),
    (
      .requestTimeout, 408, "The request did not arrive in time", .retryLater,
      "Head and body must arrive within the gateway's limit. The connection is closed."
    ),
    (
      .idempotencyInProgress, 409, "The first request with this key is still running", .retryLater,
      "Wait and send the same request again to get its answer."
    ),
    (
      .operationNotCancellable, 409, "The operation cannot be cancelled any more", .fixRequest,
      "Only a queued operation can be cancelled; this one was sent or has ended."
    ),
    (
      .eventNotReplayable, 409, "The event cannot be replayed", .fixRequest,
      "An event can be replayed once it has ended, while its hook is configured and its body is "
        + "kept. `detail` says what is missing."
    ),
    (
      .tooManySubscriptions, 409, "The app has too many subscriptions", .fixRequest,
      "An app may have so many subscriptions in its organisation and no more; `detail` says how "
        + "many. Delete one that is not needed, or let one serve more event types."
    ),
    (
      .lengthRequired, 411, "Content-Length is required", .fixRequest,
      "Send the body with `Content-Length`, not chunked."
    ),
    (
      .preconditionFailed, 412, "It has changed since it was read", .fixRequest,
      "`If-Match` named other settings than the present ones, and a field of this write is among "
        + "those that changed, or the named state is no longer known. Of a subscription, it named "
        + "another version than the present one. Read, decide, send again."
    ),
    (
      .contentTooLarge, 413, "The body is too large", .fixRequest,
      "The body is larger than the gateway's limit."
    ),
    (
      .uriTooLong, 414, "The request target is too long", .fixRequest,
      "The request target is longer than the gateway's limit."
    ),
    (
      .unsupportedMediaType, 415, "The content type is not read here", .fixRequest,
      "Send `application/merge-patch+json` or `application/json` in UTF-8, without content coding; "
        + "to a hook, `application/json` or a form."
    ),
    (
      .misdirectedRequest, 421, "This listener has no such name", .fixRequest,
      "`Host` names somebody else. The operators' listener answers to IP addresses, to `localhost` "
        + "and to the names in `admin.hosts`, so that no web page can reach it under a name of its "
        + "own."
    ),
    (
      .invalidPatch, 422, "The patch breaks the rules of its fields", .fixRequest,
      "`errors` lists every field at fault with a pointer, a code and a sentence. Nothing was sent."
    ),
    (
      .guardRail, 422, "The value is outside the guard rails", .fixRequest,
      "Whoever runs the gateway has set limits that no write passes, so that no house gets a "
        + "dangerous value. `errors` lists the fields and limits. Nothing was sent."
    ),
    (
      .invalidSubscription, 422, "The subscription cannot be made like this", .fixRequest,
      "`errors` lists every member at fault with a pointer, a code and a sentence. A URL must be "
        + "`http` or `https` and name a target that whoever runs the gateway has listed; heat "
        + "pumps must be known and visible to the app. Nothing was changed."
    ),
    (
      .invalidJob, 422, "The job cannot be made like this", .fixRequest,
      "`errors` lists every member at fault with a pointer, a code and a sentence. A job takes one "
        + "choice of heat pumps, all of them known and visible to the app, and one patch or "
        + "command that the app might also send to a single heat pump. Nothing was begun."
    ),
    (
      .configurationRefused, 422, "The configuration cannot be used", .fixRequest,
      "The configuration was read anew, and it, or something that it needs, has mistakes. `errors` "
        + "lists all of them with a pointer into the file, a line and a sentence. The "
        + "configuration before stays in force as a whole."
    ),
    (
      .idempotencyMismatch, 422, "The idempotency key was used for another request", .fixRequest,
      "A key belongs to one request and body for 24 hours. Take a new key for a new request."
    ),
    (
      .upstreamRejected, 422, "The upstream refused the values", .fixRequest,
      "The upstream's own checks refused the update; `errors` translates its findings to pointers."
    ),
    (
      .rateLimited, 429, "Too many requests", .retryLater,
      "The app's own rate limit is used up. `Retry-After` says when to come back."
    ),
    (
      .headerFieldsTooLarge, 431, "The request head is too large", .fixRequest,
      "Request line and headers together are larger than the gateway's limit."
    ),
    (
      .internalError, 500, "The gateway failed", .contactSupport,
      "A fault of the gateway's own. Its log has the details under the id in `instance`."
    ),
    (
      .upstreamCredentials, 502, "The upstream refuses the gateway's credentials", .contactSupport,
      "The upstream answered 401 or 403, also to a fresh token, or its token endpoint refused the "
        + "client credentials. Whoever runs the gateway has to act; the caller's key is fine."
    ),
    (
      .upstreamError, 502, "The upstream failed", .retryLater,
      "The upstream answered with a server error."
    ),
    (
      .upstreamUnreadable, 502, "The upstream's answer cannot be read", .retryLater,
      "The upstream answered with something other than the JSON of its schema, such as an HTML "
        + "page."
    ),
    (
      .upstreamUnreachable, 502, "No connection to the upstream", .retryLater,
      "The upstream's name could not be resolved, or no connection came about. Nothing was sent."
    ),
    (
      .upstreamThrottled, 503, "The upstream's limit is reached", .retryLater,
      "The upstream asked for fewer requests, or the budget for it is used up. `Retry-After` says "
        + "when to come back."
    ),
    (
      .upstreamUnavailable, 503, "The upstream is not called at present", .retryLater,
      "The upstream failed again and again and gets a pause, or no access token is to be had. "
        + "`Retry-After` says when to come back."
    ),
    (
      .storageUnavailable, 503, "The gateway's storage does not answer", .retryLater,
      "The gateway cannot store durably at present, so it accepts nothing. Nothing was sent."
    ),
    (
      .shuttingDown, 503, "The gateway is stopping", .retryLater,
      "This gateway is being stopped. Send the request again; another one will take it."
    ),
    (
      .tooManyStreams, 503, "Too many streams are open", .retryLater,
      "This gateway holds as many open streams as it may (`limits.streams`). Open it again later; "
        + "until then, poll. Other requests are served as usual."
    ),
    (
      .upstreamTimeout, 504, "The upstream did not answer in time", .retryLater,
      "The upstream did not answer before the deadline."
    ),
    (
      .outcomeUnknown, 504, "The outcome of the write is not known", .contactSupport,
      "The connection died after the update was sent, and reading could not settle whether it was "
        + "applied. Read the heat pump before writing again."
    ),
    (
      .notCached, 504, "Nothing is cached", .fixRequest,
      "`Cache-Control: only-if-cached` was sent, and there is no answer fresh enough."
    ),
  ]
}
