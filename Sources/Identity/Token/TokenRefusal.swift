/// Why a token is not accepted: for the log and for metrics, never for the caller.
public enum TokenRefusal: String, Error, Sendable, CaseIterable {
  /// Larger than ``CompactToken/maximumBytes``.
  case tooLarge = "too_large"
  /// Not three parts of base64url (RFC 4648, section 5), or no JSON in them, or a name stands
  /// twice.
  case malformed
  /// `alg` names none of the provider's algorithms; `none` and HMAC never are.
  case algorithm
  /// The header says what is not understood or not wanted: `crit`, `cty`, `enc`, `zip`, `b64`.
  case header
  /// `typ` is that of another kind of token (RFC 8725, section 3.11).
  case type
  /// `iss` is no configured provider.
  case issuer
  /// `aud` does not have this gateway.
  case audience
  /// The provider has no such key for that algorithm, as far as is known.
  case unknownKey = "unknown_key"
  /// The signature is not that key's.
  case signature
  /// `exp` is missing, or a time is no number of seconds.
  case claims
  /// `exp` has passed.
  case expired
  /// `nbf` or `iat` is yet to come.
  case notYetValid = "not_yet_valid"
}
