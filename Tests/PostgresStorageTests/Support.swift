import GatewayCore
import Reactor
import Storage
import TestSupport

@testable import PostgresStorage

/// Settings for a schema that nobody else uses, on the run's own server.
func freshSettings() async throws -> PostgresSettings {
  freshSettings(on: try await PostgresServer.shared)
}

/// The same on another server.
func freshSettings(on server: PostgresServer) -> PostgresSettings {
  var settings = PostgresSettings(url: Secret(server.address))
  settings.schema = "test_\(SystemRandomSource().next())"
  settings.connections = 4
  // A hundred tests at once are no measure for waiting.
  settings.waitTime = .seconds(60)
  settings.connectTime = .seconds(60)
  return settings
}

/// Lends a connection of its own, on a reactor's thread of its own.
func onConnection<Value: Sendable>(
  _ settings: PostgresSettings,
  _ body: @escaping @Sendable (PostgresConnection) async throws -> Value
) async throws -> Value {
  try await onReactor { reactor in
    let connection = try await settings.connect(on: reactor)
    defer { connection.close() }
    return try await body(connection)
  }
}

/// Runs a test on a reactor's thread of its own.
func onReactor<Value: Sendable>(
  _ body: @escaping @Sendable (Reactor) async throws -> Value
) async throws -> Value {
  let reactor = try Reactor()
  let thread = try reactor.start(name: "test")
  let result: Result<Value, any Error> = await withTaskExecutorPreference(reactor) {
    do {
      return .success(try await body(reactor))
    } catch {
      return .failure(error)
    }
  }
  reactor.stop()
  thread.join()
  return try result.get()
}

/// The numbers in the first column of what a statement gives.
func numbers(_ settings: PostgresSettings, _ sql: String) async throws -> [Int64] {
  try await onConnection(settings) { connection in
    try await connection.send(sql, isKept: false).rows().all { row in try row.integer() }
  }
}
