import Configuration
import Credentials
import GatewayCore
import PostgresStorage

/// Opens the database that several gateways share.
enum PostgresSetup {
  /// The storage; if the server is away it is waited for behind the scenes.
  ///
  /// - Throws: ``GatewayApplication/StartFault`` if the URL cannot be read, or the server or what
  ///   it holds cannot be used by this version.
  static func storage(
    _ configuration: PostgresConfiguration
  ) async throws(GatewayApplication.StartFault) -> PostgresStorage {
    let settings = try settings(configuration)
    do {
      return try await PostgresStorage.open(settings, mayBeAway: true)
    } catch {
      throw GatewayApplication.StartFault(description: "storage.postgres: \(error)")
    }
  }

  private static func settings(
    _ configuration: PostgresConfiguration
  ) throws(GatewayApplication.StartFault) -> PostgresSettings {
    do {
      var settings = PostgresSettings(url: try SecretReader().read(configuration.url).secret)
      settings.schema = configuration.schema
      settings.connections = configuration.connections
      settings.connectTime = configuration.connectTimeout
      settings.statementTime = configuration.statementTimeout
      return settings
    } catch {
      throw GatewayApplication.StartFault(description: "storage.postgres.url: \(error)")
    }
  }
}
