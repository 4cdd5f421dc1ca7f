/// A request method (RFC 9110, section 9; RFC 5789).
public enum HTTPMethod: String, Sendable, CaseIterable {
  /// `GET`
  case get = "GET"
  /// `HEAD`
  case head = "HEAD"
  /// `POST`
  case post = "POST"
  /// `PUT`
  case put = "PUT"
  /// `PATCH`
  case patch = "PATCH"
  /// `DELETE`
  case delete = "DELETE"
  /// `OPTIONS`
  case options = "OPTIONS"
  /// Any other token; no route takes it.
  case other = ""

  /// Reads the token; methods are case-sensitive.
  public init(token: String) {
    self = token.isEmpty ? .other : HTTPMethod(rawValue: token) ?? .other
  }
}
