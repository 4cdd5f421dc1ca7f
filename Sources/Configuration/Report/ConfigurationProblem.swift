/// One thing that is wrong with a configuration file. Its words never repeat a value that could be
/// a secret.
public struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
  /// Whether the file can be used all the same.
  public enum Severity: String, Sendable {
    /// It cannot.
    case error
    /// It can, but should be looked at.
    case warning
  }

  /// Where in the tree, such as `organisations[0].budget.in_flight`; empty for the whole file.
  public let path: String
  /// The line, counted from 1.
  public let line: Int
  /// The column in characters, counted from 1.
  public let column: Int
  /// What is wrong, in a sentence without its full stop.
  public let message: String
  /// Whether the file can be used all the same.
  public let severity: Severity

  /// Creates a problem.
  public init(
    path: String, line: Int, column: Int, message: String, severity: Severity = .error
  ) {
    self.path = path
    self.line = line
    self.column = column
    self.message = message
    self.severity = severity
  }

  /// `line:column: path: message`.
  public var description: String {
    let place = path.isEmpty ? "" : path + ": "
    let mark = severity == .warning ? "warning: " : ""
    return "\(line):\(column): \(mark)\(place)\(message)"
  }
}
