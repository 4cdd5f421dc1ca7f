import GatewayCore
import Glibc
import PostgresStorage
import SQLiteStorage
import Storage
import TestSupport

/// Where the gateways of a run keep their state: in a file of their own or, if the environment says
/// `PODERO_TEST_STORAGE=postgres`, in a schema of their own on the run's server.
enum TestStorage {
  /// Whether it is the server.
  static let isPostgres = getenv("PODERO_TEST_STORAGE").map { String(cString: $0) } == "postgres"

  /// The section `storage` of a configuration, for what would be in that file.
  static func section(_ path: String) -> JSONObject {
    var storage = JSONObject()
    guard isPostgres else {
      storage["sqlite"] = ["path": .string(path)]
      return storage
    }
    storage["postgres"] = [
      "url": ["env": "GATEWAY_DATABASE_URL"], "schema": .string(schema(path)), "connections": 4,
    ]
    storage["encryption_key"] = ["env": "GATEWAY_KEY"]
    return storage
  }

  /// What the section needs of the environment.
  static func environment() async throws -> [String: String] {
    guard isPostgres else { return [:] }
    return [
      "GATEWAY_DATABASE_URL": try await PostgresServer.shared.address,
      "GATEWAY_KEY": Base64.text(Array(repeating: 7, count: 32)),
    ]
  }

  /// Opens it beside the gateways.
  static func open(_ path: String) async throws -> any Storage {
    guard isPostgres else { return try await SQLiteStorage.open(path: path) }
    var settings = PostgresSettings(url: Secret(try await PostgresServer.shared.address))
    settings.schema = schema(path)
    settings.connections = 2
    return try await PostgresStorage.open(settings)
  }

  private static func schema(_ path: String) -> String {
    "test" + path.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
  }
}
