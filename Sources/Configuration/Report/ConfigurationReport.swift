/// All that is wrong with a configuration file, in the order of its lines.
public struct ConfigurationReport: Error, Sendable, Equatable {
  /// The problems by line and column.
  public let problems: [ConfigurationProblem]

  /// Sorts the problems; those of one place stay in the order they came.
  public init(problems: [ConfigurationProblem]) {
    self.problems = problems.enumerated().sorted { left, right in
      (left.element.line, left.element.column, left.offset)
        < (right.element.line, right.element.column, right.offset)
    }.map(\.element)
  }

  /// The problems that make the file unusable.
  public var errors: [ConfigurationProblem] { problems.filter { $0.severity == .error } }

  /// The problems that don't.
  public var warnings: [ConfigurationProblem] { problems.filter { $0.severity == .warning } }

  /// One problem a line: `FILE:LINE:COLUMN: PATH: MESSAGE`, `warning:` before the path of those.
  ///
  /// - Parameter file: the name to print, as the caller gave it.
  public func text(file: String) -> String {
    problems.map { "\(file):\($0)\n" }.joined()
  }
}

/// A configuration that can be used, and what should be looked at.
public struct LoadedConfiguration: Sendable, Equatable {
  /// The settings.
  public let configuration: GatewayConfiguration
  /// Warnings only.
  public let report: ConfigurationReport
  /// Where the files with the keys of identity providers are named, by the provider's name.
  public let keyFiles: [String: ConfigurationPlace]
}
