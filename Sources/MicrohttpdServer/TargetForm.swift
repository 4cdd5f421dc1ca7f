/// Which form a request target has (RFC 9112, section 3.2), as far as it is served here.
enum TargetForm: Equatable {
  /// A path, with or without a query.
  case origin
  /// A whole http or https URI, as for a proxy; an origin server must take it (section 3.2.2).
  ///
  /// - Parameters:
  ///   - authority: where the host and port stand, which count in the place of `Host`.
  ///   - rest: where path and query begin; the path may be missing.
  case absolute(authority: Range<Int>, rest: Int)

  /// Reads a target.
  ///
  /// - Returns: `nil` for the authority form, the asterisk, other schemes, an authority that
  ///   `Host` could not have (so none with a user in it), and bytes that no URI has.
  init?(_ target: Span<UInt8>) {
    guard target.count > 0, FieldSyntax.isPrintable(target) else { return nil }
    if target[0] == UInt8(ascii: "/") {
      self = .origin
      return
    }
    guard let start = TargetForm.authorityStart(target) else { return nil }
    var end = start
    while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
      end += 1
    }
    guard FieldSyntax.isHost(target.extracting(start..<end)) else { return nil }
    self = .absolute(authority: start..<end, rest: end)
  }

  // Schemes are compared without regard to case (RFC 3986, section 3.1).
  private static func authorityStart(_ target: Span<UInt8>) -> Int? {
    let (http, https): (StaticString, StaticString) = ("http://", "https://")
    for scheme in [http, https] {
      let size = scheme.utf8CodeUnitCount
      guard target.count > size else { continue }
      if FieldSyntax.equals(target.extracting(0..<size), lowercase: scheme) { return size }
    }
    return nil
  }
}
