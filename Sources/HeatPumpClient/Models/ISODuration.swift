/// A duration as the gateway writes it (ISO 8601), such as `PT2H` or `P7D`.
public struct ISODuration: Sendable, Hashable, Codable, RawRepresentable,
  ExpressibleByStringLiteral
{
  /// The text.
  public let rawValue: String

  /// Takes a text as it is; the gateway checks it.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Takes a text as it is; the gateway checks it.
  public init(stringLiteral text: String) { rawValue = text }

  /// A duration in whole seconds; fractions are dropped.
  public init(_ duration: Duration) { rawValue = "PT\(duration.components.seconds)S" }
}
