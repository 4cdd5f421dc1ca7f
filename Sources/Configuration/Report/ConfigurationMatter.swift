public import GatewayCore

/// Something in a file that is good or not by what lies outside of the file.
public enum ConfigurationMatter: Sendable, Hashable {
  /// A secret that signs by Standard Webhooks, and so has to have their form.
  case signingSecret(SecretReference)
  /// The key under which other secrets are kept.
  case encryptionKey(SecretReference)
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
