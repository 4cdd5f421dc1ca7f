import GatewayCore
import Storage
import StorageConformance
import TestSupport
import Testing

@testable import PostgresStorage

/// Goal: the storage on a server keeps every promise, and keeps what it was given.
/// Method: the suite that all storages pass, each case in a schema of its own.
@Suite struct PostgresConformanceTests {
  @Test(arguments: ConformanceCase.all)
  func `it keeps the promise`(promise: ConformanceCase) async throws {
    let settings = try await freshSettings()
    try await promise.run { try await PostgresStorage.open(settings) }
  }

  @Test(arguments: DurabilityCase.all)
  func `what survives`(content: DurabilityCase) async throws {
    let settings = try await freshSettings()
    try await content.run {
      try await PostgresStorage.open(settings)
    } _: { storage in
      await storage.close()
      return try await PostgresStorage.open(settings)
    }
  }

  // While gateways are replaced one by one, the old ones work on what the first new one has made.
  @Test(.serialized, arguments: ConformanceCase.all)
  func `it keeps the promise on the tables of the next release`(
    promise: ConformanceCase
  ) async throws {
    let settings = try await freshSettings()
    try await onConnection(settings) { connection in
      try await Migrations(schema: settings.schema, steps: Migrations.all + [Self.expansion])
        .run(on: connection)
    }
    try await promise.run { try await PostgresStorage.open(settings) }
  }

  // Everything that a step may do to tables in use: columns with and without values, indices, a
  // table that points at others.
  private static let expansion = Migrations.Step(
    name: "the next release", breaks: 1,
    statements: [
      "operation", "heat_pump", "idempotency_key", "answer", "settings", "audit", "hook_event",
      "event", "detector", "subscription", "delivery", "job", "job_member", "gateway",
      "access_token", "counter",
    ].flatMap { table in
      [
        "ALTER TABLE \(table) ADD COLUMN next_note text",
        "ALTER TABLE \(table) ADD COLUMN next_count bigint NOT NULL DEFAULT 0",
        "CREATE INDEX \(table)_next ON \(table) (next_count)",
      ]
    } + [
      "CREATE TABLE next (operation uuid REFERENCES operation (id) ON DELETE CASCADE)",
      "ALTER TABLE heat_pump ADD CONSTRAINT next_is_counted CHECK (next_count >= 0)",
    ])
}
