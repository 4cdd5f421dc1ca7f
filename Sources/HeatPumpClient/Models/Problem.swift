/// What the gateway refuses, or what failed (RFC 9457).
///
/// Decide on ``name`` or ``resolution``; ``detail`` is for people, and its words may change.
public struct Problem: Error, Sendable, Hashable, Codable {
  /// `/problems/NAME`; the gateway explains it there.
  public var type: String
  /// What went wrong, in general.
  public var title: String
  /// The HTTP status.
  public var status: Int
  /// What went wrong here, for people.
  public var detail: String
  /// The request's id, which is also in the gateway's log.
  public var instance: String
  /// What to do about it.
  public var resolution: Resolution?
  /// The write, if what became of it is not known.
  public var operationId: String?
  /// `precondition-failed`: the fields to be written, with their present values.
  public var conflicts: [AnyJSON]?
  /// Every field at fault.
  public var errors: [Fault]?

  /// A field at fault.
  public struct Fault: Sendable, Hashable, Codable {
    /// The field, as a JSON Pointer.
    public var pointer: String
    /// What is wrong, for programs.
    public var code: String
    /// The same for people.
    public var detail: String
  }

  /// The last part of ``type``, such as `guard-rail`.
  public var name: String { type.split(separator: "/").last.map(String.init) ?? type }
}

/// What to do about a problem.
public struct Resolution: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// Send the same request again, later. The client does so by itself where that is safe.
  public static let retryLater = Resolution(rawValue: "retry_later")
  /// The request has to change.
  public static let fixRequest = Resolution(rawValue: "fix_request")
  /// Get a new key or token.
  public static let reauthenticate = Resolution(rawValue: "reauthenticate")
  /// Somebody who runs the gateway has to look.
  public static let contactSupport = Resolution(rawValue: "contact_support")
  /// The words that this client knows.
  public static let known = [retryLater, fixRequest, reauthenticate, contactSupport]
}
