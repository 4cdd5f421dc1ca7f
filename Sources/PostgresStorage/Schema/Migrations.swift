import GatewayCore
import Storage

/// The steps from an empty schema to this release's tables.
///
/// Several gateways may start at once: a lock lets one of them do the work while the others wait.
/// All steps are one transaction, so that nobody ever sees half of one.
///
/// While gateways are replaced one by one, older ones work on tables that a newer one has changed.
/// So a change is made in two releases: the first adds what is new and goes on filling what is old
/// (*expand*), a later one takes the old away (*contract*), and its step says so in
/// ``Step/breaks``. A step that was released is never changed: a new one is added below it.
struct Migrations {
  /// One step.
  struct Step {
    /// Its name, for people.
    let name: String
    /// Releases that know fewer steps than this can work no longer once it was taken.
    let breaks: Int
    /// What is done.
    let statements: [String]
  }

  /// The schema that holds everything.
  let schema: String
  /// The steps, in their order.
  var steps = Self.all

  /// All steps that this release knows.
  static let all = [
    Step(
      name: "operations, answers, audit, events in and out", breaks: 1, statements: Schema.first),
    Step(
      name: "one token, a proof of the key, listening", breaks: 1, statements: Schema.cluster),
    Step(name: "fleet jobs", breaks: 1, statements: Schema.jobs),
  ]

  /// Takes the steps that are missing.
  ///
  /// - Throws: `unusable` if the schema was made by a release that this one cannot work with.
  func run(on connection: PostgresConnection) async throws(PostgresFault) {
    connection.isPatient = true
    defer { connection.isPatient = false }
    _ = connection.send("BEGIN", isKept: false)
    // Longer than a statement may take otherwise: an index on a large table takes its time, and
    // the other gateways wait for it.
    _ = connection.send("SET LOCAL statement_timeout = 0", isKept: false)
    _ = connection.send("SET LOCAL lock_timeout = '60s'", isKept: false)
    _ = connection.send("SET LOCAL client_min_messages = warning", isKept: false)
    _ = connection.send(
      "SELECT pg_advisory_xact_lock(hashtextextended('podero-gateway ' || $1, 0))",
      [.text(schema)], isKept: false)
    let found = try await connection.send(
      """
      SELECT to_regnamespace(quote_ident($1)) IS NOT NULL,
        to_regclass(quote_ident($1) || '.migration') IS NOT NULL
      """, [.text(schema)], isKept: false
    ).rows()
    // Whoever is given a schema need not be allowed to make one.
    if found.rows.first?.first != [1] {
      let name = "\"" + schema.replacing("\"", with: "\"\"") + "\""
      _ = connection.send("CREATE SCHEMA \(name)", isKept: false)
    }
    if found.rows.first?.last != [1] { _ = connection.send(Self.list, isKept: false) }
    let taken = try await taken(connection)
    guard taken.breaks <= steps.count else {
      throw .unusable("schema \(schema) was made by a newer version")
    }
    for (index, step) in steps.enumerated() where index >= taken.count {
      for statement in step.statements { _ = connection.send(statement, isKept: false) }
      _ = connection.send(
        "INSERT INTO migration (number, name, breaks, taken_at) VALUES ($1, $2, $3, now())",
        [.integer(Int64(index + 1)), .text(step.name), .integer(Int64(step.breaks))],
        isKept: false)
    }
    _ = try await connection.send("COMMIT", isKept: false).rows()
  }

  /// Looks whether the schema is there, and is one that this release can read.
  ///
  /// - Throws: `unusable` if not.
  func check(on connection: PostgresConnection) async throws(PostgresFault) {
    let found = try await connection.send(
      "SELECT to_regclass(quote_ident($1) || '.migration') IS NOT NULL", [.text(schema)],
      isKept: false
    ).rows()
    guard found.rows.first?.first == [1] else {
      throw .unusable("there is no schema \(schema) of a gateway's")
    }
    let taken = try await taken(connection)
    guard taken.breaks <= steps.count else {
      throw .unusable("schema \(schema) was made by a newer version")
    }
  }

  private static let list = """
    CREATE TABLE migration (
      number bigint PRIMARY KEY,
      name text NOT NULL,
      breaks bigint NOT NULL,
      taken_at timestamptz NOT NULL
    )
    """

  private func taken(
    _ connection: PostgresConnection
  ) async throws(PostgresFault) -> (count: Int, breaks: Int) {
    let rows = try await connection.send(
      "SELECT count(*), coalesce(max(breaks), 0)::bigint FROM migration", isKept: false
    ).rows()
    let numbers = try? rows.first { row in (Int(try row.integer()), Int(try row.integer())) }
    guard let (count, breaks) = numbers ?? nil else {
      throw .unusable("the list of migrations cannot be read")
    }
    return (count, breaks)
  }
}
