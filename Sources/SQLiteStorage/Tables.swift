import GRDB
import GatewayCore
import Storage

/// The statements behind the protocols' calls, on one connection, inside a transaction that
/// somebody else begins and ends. A function that throws leaves the undoing to that transaction.
///
/// The functions bear the names of ``StorageState``'s, which says what each of them means.
struct Tables {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  /// Runs a statement that gives no rows. Statements are prepared once per connection.
  ///
  /// - Returns: how many rows it changed.
  @discardableResult
  func run(_ sql: String, _ arguments: [(any StatementArgument)?] = []) throws -> Int {
    try started(sql, arguments) { rows in
      while try rows.next() {}
    }
    return database.changesCount
  }

  /// The first row of a query.
  func first<Value>(
    _ sql: String, _ arguments: [(any StatementArgument)?] = [],
    _ decode: (inout ColumnReader) throws -> Value
  ) throws -> Value? {
    try started(sql, arguments) { rows in
      guard try rows.next() else { return nil }
      var reader = rows.reader
      return try decode(&reader)
    }
  }

  /// The rows of a query, until there are no more or `decode` gives `nil`.
  func all<Value>(
    _ sql: String, _ arguments: [(any StatementArgument)?] = [],
    _ decode: (inout ColumnReader) throws -> Value?
  ) throws -> [Value] {
    try started(sql, arguments) { rows in
      var values: [Value] = []
      while try rows.next() {
        var reader = rows.reader
        guard let value = try decode(&reader) else { break }
        values.append(value)
      }
      return values
    }
  }

  // Past the library's own execution, which costs several times what SQLite does.
  private func started<Value>(
    _ sql: String, _ arguments: [(any StatementArgument)?], _ body: (Rows) throws -> Value
  ) throws -> Value {
    let rows = Rows(try database.cachedStatement(sql: sql))
    defer { rows.end() }
    try rows.bind(arguments)
    return try body(rows)
  }

  /// The number that the last insert gave to its row.
  var lastNumber: Int64 { database.lastInsertedRowID }

  /// Rewrites a row that means nothing.
  func check() throws {
    try run("UPDATE health SET checks = checks + 1 WHERE number = 1")
  }
}
