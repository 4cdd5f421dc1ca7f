public import GatewayCore

extension GatewayConfiguration {
  /// Reads a configuration file's text.
  ///
  /// Nothing but `text` and the answers of the checks is looked at: no file, no environment.
  ///
  /// - Parameters:
  ///   - text: the file, at most 4 MiB.
  ///   - now: the time by which a key counts as expired.
  ///   - checkSecret: says why a secret cannot be had, without its value; `nil` if it can.
  ///   - check: says what is to be said about something that depends on more than the file. Asked
  ///     of secrets only if they can be had.
  /// - Returns: the settings with warnings, or every problem of the file together.
  public static func load(
    text: String, now: Timestamp,
    checkSecret: (SecretReference) -> String?,
    check: (ConfigurationMatter) -> [ConfigurationMatter.Finding] = { _ in [] }
  ) -> Result<LoadedConfiguration, ConfigurationReport> {
    var reader = YAMLReader()
    let root = reader.read(text)
    return decode(
      root, problems: reader.problems, now: now, checkSecret: checkSecret, check: check)
  }

  /// Reads a configuration file's bytes, which should be UTF-8; otherwise as
  /// ``load(text:now:checkSecret:check:)``.
  public static func load(
    bytes: [UInt8], now: Timestamp,
    checkSecret: (SecretReference) -> String?,
    check: (ConfigurationMatter) -> [ConfigurationMatter.Finding] = { _ in [] }
  ) -> Result<LoadedConfiguration, ConfigurationReport> {
    var reader = YAMLReader()
    let root = reader.read(bytes)
    return decode(
      root, problems: reader.problems, now: now, checkSecret: checkSecret, check: check)
  }

  static func decode(
    _ root: ConfigurationNode?, problems: [ConfigurationProblem] = [],
    now: Timestamp, checkSecret: (SecretReference) -> String?,
    check: (ConfigurationMatter) -> [ConfigurationMatter.Finding] = { _ in [] }
  ) -> Result<LoadedConfiguration, ConfigurationReport> {
    guard let root else { return .failure(ConfigurationReport(problems: problems)) }
    return withoutActuallyEscaping(checkSecret) { checkSecret in
      withoutActuallyEscaping(check) { check in
        let context = DecodingContext(now: now, checkSecret: checkSecret, check: check)
        let cursor = ConfigurationCursor(node: root, path: "", pattern: "", context: context)
        let configuration = cursor.gateway()
        let report = ConfigurationReport(problems: problems + context.problems)
        guard let configuration, report.errors.isEmpty else { return .failure(report) }
        return .success(
          LoadedConfiguration(
            configuration: configuration, report: report, keyFiles: context.keyFiles))
      }
    }
  }
}
