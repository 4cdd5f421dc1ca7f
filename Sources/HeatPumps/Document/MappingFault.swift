public import GatewayCore

/// Why the upstream's answer is no heat pump.
///
/// Holds a place and a reason, never the answer's text.
public struct MappingFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: String, Sendable, CaseIterable {
    /// Not JSON: an HTML page, a truncated answer, bad UTF-8.
    case notJSON = "not JSON"
    /// JSON, but not the object that a heat pump is.
    case notAnObject = "not an object"
    /// JSON, but not the array that a list of heat pumps is.
    case notAnArray = "not an array"
    /// A heat pump without an id, or with one that is no UUID.
    case noIdentity = "no id"
  }

  /// What is wrong.
  public let reason: Reason
  /// Where, in bytes from the start.
  public let offset: Int
  /// The finding of the JSON grammar, if that is where it failed.
  public let syntax: JSONFault?

  init(_ reason: Reason, at offset: Int, syntax: JSONFault? = nil) {
    self.reason = reason
    self.offset = offset
    self.syntax = syntax
  }

  init(_ syntax: JSONFault) {
    self.init(.notJSON, at: syntax.offset, syntax: syntax)
  }

  /// Reason and place, for the log.
  public var description: String {
    let detail = syntax.map { " (\($0.reason.rawValue))" } ?? ""
    return "\(reason.rawValue)\(detail) at byte \(offset)"
  }
}
