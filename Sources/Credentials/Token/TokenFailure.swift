/// Why a token could not be had; a closed set, fit for a metric label.
public enum TokenFailure: String, Sendable, CaseIterable {
  /// A client secret could not be read.
  case secretUnreadable = "secret_unreadable"
  /// The server refused the client credentials or the request.
  case refused
  /// The upstream answered 401 to tokens that were fresh.
  case tokenRejected = "token_rejected"
  /// No connection.
  case unreachable
  /// No answer in time.
  case timeout
  /// The server asked for fewer requests.
  case throttled
  /// A server error, or a status that the protocol doesn't know.
  case serverError = "server_error"
  /// A good status with something other than a usable bearer token.
  case unreadable

  /// Whether somebody has to act, as against waiting for better times.
  public var isRefusal: Bool { self == .refused || self == .tokenRejected }
}

/// Why a caller gets no token.
public enum CredentialFault: Error, Sendable, Equatable {
  /// The credentials, or the tokens that they give, are refused: problem `upstream-credentials`.
  case refused(retryAfter: Duration)
  /// There is none at present, and no request for one is made before `retryAfter`: problem
  /// `upstream-unavailable`.
  case unavailable(retryAfter: Duration)
  /// The caller's own deadline passed.
  case timedOut
  /// The caller's own task was cancelled.
  case cancelled
}

/// The broker's state for people and metrics; never the value.
public struct TokenStatus: Sendable, Equatable {
  /// The generation of the present or last token; zero before the first.
  public var generation: UInt64
  /// Whether there is a token that calls can use.
  public var isUsable: Bool
  /// How long ago the present token was fetched.
  public var age: Duration?
  /// How long the server will take the present token.
  public var expiresIn: Duration?
  /// The slot whose credentials worked last.
  public var slot: CredentialSlot
  /// How long ago they worked for the first time in that slot; `nil` if they have not yet.
  public var slotAge: Duration?
  /// The style that the next request is written in.
  public var requestStyle: TokenRequestStyle
  /// Whether a request is under way.
  public var isFetching: Bool
  /// How long no request will be made; `nil` outside a pause.
  public var coolDown: Duration?
  /// Why the last attempt failed; `nil` after one that worked.
  public var lastFailure: TokenFailure?
  /// How many attempts were made since the start, retries by style and slot not counted apart.
  public var fetches: UInt64
  /// How many of them failed.
  public var failures: UInt64
}
