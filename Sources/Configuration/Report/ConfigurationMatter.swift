public import GatewayCore

/// Something in a file that is good or not by what lies outside of the file.
public enum ConfigurationMatter: Sendable, Hashable {
  /// A secret that signs by Standard Webhooks, and so has to have their form.
  case signingSecret(SecretReference)
  /// The key under which other secrets are kept.
  case encryptionKey(SecretReference)
  /// The files of `listen.tls`.
  case tls(TLSConfiguration)

  /// What is to be said about it.
  public struct Finding: Sendable, Hashable {
    /// The setting below the matter's own that it is about, such as `certificate`; empty for that
    /// itself.
    public let setting: String
    /// What is wrong, in a clause without its full stop; never what a file or a secret holds.
    public let message: String
    /// Whether the gateway can be used all the same.
    public let severity: ConfigurationProblem.Severity

    /// Creates a finding.
    public init(
      _ setting: String, _ message: String, severity: ConfigurationProblem.Severity = .error
    ) {
      self.setting = setting
      self.message = message
      self.severity = severity
    }
  }
}

/// A place in a configuration file.
public struct ConfigurationPlace: Sendable, Equatable {
  /// Where in the tree, such as `identity_providers[0].jwks.file`.
  public let path: String
  /// The line, counted from 1.
  public let line: Int
  /// The column in characters, counted from 1.
  public let column: Int

  /// What is wrong there.
  public func problem(_ message: String) -> ConfigurationProblem {
    ConfigurationProblem(path: path, line: line, column: column, message: message)
  }
}
