/// A word from a list that may grow: a value that this client does not know yet is no error.
public protocol OpenWord: RawRepresentable, Sendable, Hashable, Codable
where RawValue == String {
  /// Takes any word.
  init(rawValue: String)
  /// The words that this client knows.
  static var known: [Self] { get }
}

extension OpenWord {
  /// Whether this client knows the word.
  public var isKnown: Bool { Self.known.contains(self) }
}
