import GatewayCore
import Reactor
import Storage
import TestSupport
import Testing

@testable import PostgresStorage

/// Goal: gateways of several releases can start at once, in any order, without harm.
/// Method: real schemas on the run's own server; a release with other steps is made up.
@Suite struct MigrationTests {
  @Test func `of many that start at once one makes the tables`() async throws {
    let settings = try await freshSettings()
    let storages = try await withThrowingTaskGroup(of: PostgresStorage.self) { group in
      for _ in 0..<6 { group.addTask { try await PostgresStorage.open(settings) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for storage in storages {
      try await storage.check()
      await storage.close()
    }
    #expect(
      try await numbers(settings, "SELECT count(*) FROM migration")
        == [Int64(Migrations.all.count)])
  }

  @Test func `a step that adds leaves older releases at work, one that breaks does not`()
    async throws
  {
    let settings = try await freshSettings()
    await (try await PostgresStorage.open(settings)).close()
    let added = Migrations.Step(
      name: "more", breaks: 1, statements: ["ALTER TABLE operation ADD COLUMN more bigint"])
    try await take(Migrations.all + [added], settings)
    await (try await PostgresStorage.open(settings)).close()
    let broken = Migrations.Step(
      name: "less", breaks: Migrations.all.count + 1,
      statements: ["ALTER TABLE operation DROP COLUMN more"])
    try await take(Migrations.all + [added, broken], settings)
    await #expect(
      throws: StorageFault.damaged("schema \(settings.schema) was made by a newer version")
    ) {
      try await PostgresStorage.open(settings)
    }
  }

  @Test func `a release that knows fewer steps meets the others in the newest schema`() async throws
  {
    let settings = try await freshSettings()
    try await take(Array(Migrations.all.prefix(1)), settings)
    let storage = try await PostgresStorage.open(settings)
    // The former release's own words.
    let former = """
      INSERT INTO gateway (id, seen_at) VALUES ('00000000-0000-0000-0000-000000000001', now())
      ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
      RETURNING 1::bigint
      """
    #expect(try await numbers(settings, former) == [1])
    let members = try await storage.meet(
      ResourceID(high: 0, low: 2), silentAfter: .seconds(60), deadAfter: .seconds(60))
    #expect(members.count == 2)
    try await take(Array(Migrations.all.prefix(1)), settings)
    await storage.close()
  }

  @Test func `a step that fails leaves nothing behind`() async throws {
    let settings = try await freshSettings()
    let step = Migrations.Step(name: "bad", breaks: 1, statements: ["CREATE TABLE a (b no_type)"])
    await #expect(throws: PostgresFault.self) {
      try await take(Migrations.all + [step], settings)
    }
    #expect(
      try await numbers(
        settings, "SELECT count(*) FROM pg_namespace WHERE nspname = '\(settings.schema)'") == [0])
  }

  @Test func `a schema that another program uses is not touched`() async throws {
    let settings = try await freshSettings()
    try await onConnection(settings) { connection in
      for statement in ["CREATE SCHEMA \(settings.schema)", "CREATE TABLE event (mine text)"] {
        _ = try await connection.send(statement, isKept: false).rows()
      }
    }
    await #expect(throws: StorageFault.self) { try await PostgresStorage.open(settings) }
    #expect(
      try await numbers(
        settings,
        "SELECT count(*) FROM pg_tables WHERE schemaname = '\(settings.schema)'") == [1])
  }

  private func take(_ steps: [Migrations.Step], _ settings: PostgresSettings) async throws {
    try await onConnection(settings) { connection in
      try await Migrations(schema: settings.schema, steps: steps).run(on: connection)
    }
  }
}
