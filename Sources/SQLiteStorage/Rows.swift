import GRDB
import GRDBSQLite

/// The rows of a statement, one after another: thin calls of SQLite, since they are made several
/// times for each write.
struct Rows {
  private let owner: Statement
  private let statement: SQLiteStatement

  /// For a statement that nobody else uses until ``end()``.
  init(_ statement: Statement) {
    owner = statement
    self.statement = statement.sqliteStatement
  }

  /// Sets what stands for the question marks.
  func bind(_ arguments: [(any StatementArgument)?]) throws {
    guard arguments.count == sqlite3_bind_parameter_count(statement) else {
      throw fault(SQLITE_RANGE)
    }
    for index in arguments.indices {
      // What has no value is NULL after `end()`, and at first.
      guard let code = arguments[index]?.bind(to: statement, at: Int32(index + 1)),
        code != SQLITE_OK
      else { continue }
      throw fault(code)
    }
  }

  /// Goes on to the next row, the first time to the first.
  ///
  /// - Returns: whether there is one.
  func next() throws -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw fault(code)
    }
  }

  /// Reads the present row.
  var reader: ColumnReader { ColumnReader(statement) }

  /// Lets go of the rows and of the arguments, so that neither locks nor contents stay behind.
  func end() {
    // Repeats the fault of the last step, which was thrown.
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  private func fault(_ code: Int32) -> DatabaseError {
    let connection = sqlite3_db_handle(statement)
    let extended = sqlite3_extended_errcode(connection)
    return DatabaseError(
      resultCode: ResultCode(rawValue: extended & 0xFF == code & 0xFF ? extended : code),
      message: sqlite3_errmsg(connection).map { String(cString: $0) })
  }
}
