import Configuration
import Credentials
import GatewayCore
import PostgresStorage
import SQLiteStorage
import Storage

/// Opens what a configuration says must last, for the gateway and for those who look after it.
enum StorageSetup {
  /// For a gateway. A file has to be there; a server that is away is waited for behind the scenes.
  ///
  /// - Throws: ``GatewayApplication/StartFault`` if it cannot be used by this version.
  static func open(
    _ configuration: StorageConfiguration
  ) async throws(GatewayApplication.StartFault) -> any Storage {
    switch configuration.backend {
    case .sqlite(let path):
      do {
        return try await SQLiteStorage.open(path: path)
      } catch {
        throw GatewayApplication.StartFault(description: "storage.sqlite, \(path): \(error)")
      }
    case .postgres(let postgres):
      do {
        return try await PostgresStorage.open(try settings(postgres), mayBeAway: true)
      } catch let fault as GatewayApplication.StartFault {
        throw fault
      } catch {
        throw GatewayApplication.StartFault(description: "storage.postgres: \(error)")
      }
    }
  }

  /// For one change beside the gateways. A schema on a server has to be there.
  ///
  /// - Throws: ``StorageFault``.
  static func openBeside(
    _ configuration: StorageConfiguration
  ) async throws(StorageFault) -> any Storage {
    switch configuration.backend {
    case .sqlite(let path): return try await SQLiteStorage.open(path: path)
    case .postgres(let postgres):
      var settings = try besideSettings(postgres)
      settings.makesSchema = false
      settings.connections = 2
      return try await PostgresStorage.open(settings)
    }
  }

  /// For looking only.
  ///
  /// - Throws: ``StorageFault``.
  static func reader(
    _ backend: StorageConfiguration.Backend
  ) async throws(StorageFault) -> any StorageReader {
    switch backend {
    case .sqlite(let path): try await SQLiteReader.open(path: path)
    case .postgres(let postgres): try await PostgresReader.open(try besideSettings(postgres))
    }
  }

  /// Opens a reader, asks it, and closes it, whatever comes of that.
  ///
  /// - Throws: ``StorageFault``.
  static func reading<Value: Sendable>(
    _ backend: StorageConfiguration.Backend,
    _ body: @Sendable (any StorageReader) async throws(StorageFault) -> Value
  ) async throws(StorageFault) -> Value {
    let reader = try await reader(backend)
    let result: Result<Value, StorageFault>
    do {
      result = .success(try await body(reader))
    } catch {
      result = .failure(error)
    }
    try await reader.close()
    return try result.get()
  }

  private static func besideSettings(
    _ postgres: PostgresConfiguration
  ) throws(StorageFault) -> PostgresSettings {
    do {
      return try settings(postgres)
    } catch {
      throw .unavailable(error.description)
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
