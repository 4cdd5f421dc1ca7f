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
  func run(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = []) throws -> Int {
    let statement = try database.cachedStatement(sql: sql)
    try statement.execute(arguments: StatementArguments(arguments))
    return database.changesCount
  }

  /// The first row of a query.
  func first<Value>(
    _ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = [],
    _ decode: (inout ColumnReader) throws -> Value
  ) throws -> Value? {
    let statement = try database.cachedStatement(sql: sql)
    guard
      let row = try Row.fetchOne(statement, arguments: StatementArguments(arguments))
    else { return nil }
    var reader = ColumnReader(row)
    return try decode(&reader)
  }

  /// The rows of a query, until there are no more or `decode` gives `nil`.
  func all<Value>(
    _ sql: String, _ arguments: [(any DatabaseValueConvertible)?] = [],
    _ decode: (inout ColumnReader) throws -> Value?
  ) throws -> [Value] {
    let statement = try database.cachedStatement(sql: sql)
    let rows = try Row.fetchCursor(statement, arguments: StatementArguments(arguments))
    var values: [Value] = []
    while let row = try rows.next() {
      var reader = ColumnReader(row)
      guard let value = try decode(&reader) else { break }
      values.append(value)
    }
    return values
  }

  /// The number that the last insert gave to its row.
  var lastNumber: Int64 { database.lastInsertedRowID }

  /// Rewrites a row that means nothing.
  func check() throws {
    try run("UPDATE health SET checks = checks + 1 WHERE number = 1")
  }
}
