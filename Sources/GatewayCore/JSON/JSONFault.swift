/// Why bytes are not the JSON that is accepted here.
public struct JSONFault: Error, Equatable, Sendable {
  /// What is wrong.
  public enum Reason: String, Sendable {
    /// A character that no JSON text has at this place, or bytes behind the end of the value.
    case unexpectedCharacter = "unexpected character"
    /// The text ends inside a value.
    case unexpectedEnd = "unexpected end"
    /// Bytes that are not UTF-8 (RFC 3629), or an escape that names half a surrogate pair.
    case invalidText = "text that is not valid Unicode"
    /// A control character that must be escaped, or an escape that does not exist.
    case invalidEscape = "invalid escape or bare control character"
    /// A number outside RFC 8259's grammar, or longer than 64 characters.
    case invalidNumber = "invalid number"
    /// Arrays and objects inside one another beyond the limit.
    case tooDeep = "nested too deeply"
    /// One object names a member twice.
    case duplicateKey = "duplicate key"
  }

  /// What is wrong.
  public let reason: Reason
  /// Where, in bytes from the start.
  public let offset: Int

  /// Creates the fault.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}
