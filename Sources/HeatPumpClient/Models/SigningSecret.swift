/// What deliveries are signed with, `whsec_…`. The gateway shows it once: keep it where secrets are
/// kept.
///
/// It cannot be printed, interpolated, mirrored or encoded: every textual form reads `<redacted>`.
/// It leaves only through ``reveal()``, which makes each use easy to find.
public struct SigningSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let text: String

  /// Takes a text as it is, such as one that was kept.
  public init(_ text: String) { self.text = text }

  /// The text.
  public func reveal() -> String { text }

  /// Always `<redacted>`.
  public var description: String { "<redacted>" }

  /// Always `<redacted>`.
  public var debugDescription: String { "<redacted>" }

  /// A mirror without children, so that `dump` shows nothing either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension SigningSecret: Decodable {
  /// Reads the text.
  public init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }
}
