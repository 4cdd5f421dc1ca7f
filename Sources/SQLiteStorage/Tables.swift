import GRDB
import GRDBSQLite
import GatewayCore
import Storage

/// The statements behind the protocols' calls, on one connection, inside a transaction that
/// somebody else begins and ends. A function that throws leaves the undoing to that transaction.
///
/// The functions bear the names of ``StorageState``'s, which says what each of them means.
struct Tables {
  private let database: Database
  private let memory: WriterMemory?

  /// - Parameter memory: the writer's, on its connection only.
  init(_ database: Database, _ memory: WriterMemory? = nil) {
    self.database = database
    self.memory = memory
  }

  /// Runs a statement that gives no rows. Statements are prepared once per connection.
  ///
  /// - Returns: how many rows it changed.
  @discardableResult
  func run(
    _ statement: some StatementText, _ arguments: [(any StatementArgument)?] = []
  ) throws -> Int {
    try started(statement, arguments) { rows in
      while try rows.next() {}
      return rows.changes
    }
  }

  /// The first row of a query.
  func first<Value>(
    _ statement: some StatementText, _ arguments: [(any StatementArgument)?] = [],
    _ decode: (inout ColumnReader) throws -> Value
  ) throws -> Value? {
    try started(statement, arguments) { rows in
      guard try rows.next() else { return nil }
      var reader = rows.reader
      return try decode(&reader)
    }
  }

  /// The rows of a query, until there are no more or `decode` gives `nil`.
  func all<Value>(
    _ statement: some StatementText, _ arguments: [(any StatementArgument)?] = [],
    _ decode: (inout ColumnReader) throws -> Value?
  ) throws -> [Value] {
    try started(statement, arguments) { rows in
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
    _ statement: some StatementText, _ arguments: [(any StatementArgument)?],
    _ body: (Rows) throws -> Value
  ) throws -> Value {
    let rows = Rows(try statement.prepared(database, memory), in: memory?.room)
    defer { rows.end() }
    try rows.bind(arguments)
    return try body(rows)
  }

  /// The number that the last insert gave to its row.
  var lastNumber: Int64 { sqlite3_last_insert_rowid(database.sqliteConnection) }

  // MARK: Numbers of heat pumps

  /// The number of a heat pump's row, from memory or the table; `nil` if there is none.
  func number(of heatPump: HeatPumpReference) throws -> Int64? {
    if let known = memory?.number(of: heatPump) { return known }
    let number = try first(Self.findHeatPump, [heatPump.id, heatPump.organisation, heatPump.user]) {
      try $0.integer()
    }
    if let number { memory?.note(number, of: heatPump) }
    return number
  }

  private static let findHeatPump = KeptStatement(
    "SELECT number FROM heat_pump WHERE id = ? AND organisation = ? AND user = ?")

  /// Rewrites a row that means nothing.
  func check() throws {
    try run("UPDATE health SET checks = checks + 1 WHERE number = 1")
  }
}
