public import GatewayCore

/// `storage.postgres`: a database that several gateways may share.
public struct PostgresConfiguration: Sendable, Equatable {
  /// The server in libpq's form; a secret, since it may hold a password.
  public var url: SecretReference
  /// The schema that holds all tables.
  public var schema = "podero_gateway"
  /// How many connections one gateway makes at most.
  public var connections = 10
  /// How long it may take to make a connection.
  public var connectTimeout = Duration.seconds(5)
  /// How long the server may take for a statement.
  public var statementTimeout = Duration.seconds(10)

  /// The defaults, for a server.
  public init(url: SecretReference) {
    self.url = url
  }
}
