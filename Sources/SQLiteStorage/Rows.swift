import GRDB
import GRDBSQLite

/// The rows of a statement, one after another: thin calls of SQLite, since they are made several
/// times for each write.
struct Rows {
  private let owner: Statement
  private let statement: SQLiteStatement
  private let room: ArgumentRoom?
  private let mark: Int

  /// For a statement that nobody else uses until ``end()``.
  ///
  /// - Parameter room: where its arguments may lie; whoever gives it gives all arguments anew each
  ///   time that the statement runs.
  init(_ statement: Statement, in room: ArgumentRoom? = nil) {
    owner = statement
    self.statement = statement.sqliteStatement
    self.room = room
    mark = room?.used ?? 0
  }

  /// Sets what stands for the question marks.
  func bind(_ arguments: [(any StatementArgument)?]) throws {
    guard arguments.count == sqlite3_bind_parameter_count(statement) else {
      throw fault(SQLITE_RANGE)
    }
    for index in arguments.indices {
      let position = Int32(index + 1)
      let code =
        arguments[index]?.bind(to: statement, at: position, in: room)
        ?? sqlite3_bind_null(statement, position)
      guard code == SQLITE_OK else { throw fault(code) }
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
    if let room {
      room.used = mark
    } else {
      sqlite3_clear_bindings(statement)
    }
  }

  /// How many rows the last statement of this connection has changed.
  var changes: Int { Int(sqlite3_changes(sqlite3_db_handle(statement))) }

  private func fault(_ code: Int32) -> DatabaseError {
    let connection = sqlite3_db_handle(statement)
    let extended = sqlite3_extended_errcode(connection)
    return DatabaseError(
      resultCode: ResultCode(rawValue: extended & 0xFF == code & 0xFF ? extended : code),
      message: sqlite3_errmsg(connection).map { String(cString: $0) })
  }
}
