public import GatewayCore

extension GatewayConfiguration {
  /// Reads a configuration file's text.
  ///
  /// Nothing but `text` and the answers of `checkSecret` is looked at: no file, no environment.
  ///
  /// - Parameters:
  ///   - text: the file, at most 4 MiB.
  ///   - catalogue: the writable pointers, which guard rails, policies and rules refer to.
  ///   - now: the time by which a key counts as expired.
  ///   - checkSecret: says why a secret cannot be had, without its value; `nil` if it can.
  /// - Returns: the settings with warnings, or every problem of the file together.
  public static func load(
    text: String, catalogue: PointerCatalogue, now: Timestamp,
    checkSecret: (SecretReference) -> String?
  ) -> Result<LoadedConfiguration, ConfigurationReport> {
    var reader = YAMLReader()
    let root = reader.read(text)
    return decode(
      root, problems: reader.problems, catalogue: catalogue, now: now, checkSecret: checkSecret)
  }

  /// Reads a configuration file's bytes, which should be UTF-8; otherwise as
  /// ``load(text:catalogue:now:checkSecret:)``.
  public static func load(
    bytes: [UInt8], catalogue: PointerCatalogue, now: Timestamp,
    checkSecret: (SecretReference) -> String?
  ) -> Result<LoadedConfiguration, ConfigurationReport> {
    var reader = YAMLReader()
    let root = reader.read(bytes)
    return decode(
      root, problems: reader.problems, catalogue: catalogue, now: now, checkSecret: checkSecret)
  }

  static func decode(
    _ root: ConfigurationNode?, problems: [ConfigurationProblem] = [],
    catalogue: PointerCatalogue, now: Timestamp, checkSecret: (SecretReference) -> String?
  ) -> Result<LoadedConfiguration, ConfigurationReport> {
    guard let root else { return .failure(ConfigurationReport(problems: problems)) }
    return withoutActuallyEscaping(checkSecret) { checkSecret in
      let context = DecodingContext(catalogue: catalogue, now: now, checkSecret: checkSecret)
      let cursor = ConfigurationCursor(node: root, path: "", pattern: "", context: context)
      let configuration = cursor.gateway()
      let report = ConfigurationReport(problems: problems + context.problems)
      guard let configuration, report.errors.isEmpty else { return .failure(report) }
      return .success(LoadedConfiguration(configuration: configuration, report: report))
    }
  }
}
