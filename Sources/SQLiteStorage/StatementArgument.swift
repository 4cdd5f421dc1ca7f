import GRDB
import GRDBSQLite
import GatewayCore

/// A value that a statement takes in the place of a question mark.
protocol StatementArgument {
  /// Hands a copy of the value to the statement.
  ///
  /// - Parameter position: of the question mark, from 1.
  /// - Returns: SQLite's result code.
  func bind(to statement: SQLiteStatement, at position: Int32) -> Int32
}

extension Int64: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32) -> Int32 {
    sqlite3_bind_int64(statement, position, self)
  }
}

extension Int: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32) -> Int32 {
    sqlite3_bind_int64(statement, position, Int64(self))
  }
}

extension Bool: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32) -> Int32 {
    sqlite3_bind_int64(statement, position, self ? 1 : 0)
  }
}

extension String: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32) -> Int32 {
    sqlite3_bind_text(statement, position, self, Int32(utf8.count), copied)
  }
}

extension [UInt8]: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32) -> Int32 {
    withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress, !bytes.isEmpty else {
        return sqlite3_bind_zeroblob(statement, position, 0)
      }
      return sqlite3_bind_blob(statement, position, start, Int32(bytes.count), copied)
    }
  }
}

/// Its 16 octets, so that version 7 ids are in the order of their making.
extension ResourceID: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32) -> Int32 {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
      sqlite3_bind_blob(statement, position, bytes.baseAddress, 16, copied)
    }
  }
}

// SQLITE_TRANSIENT, a cast that Swift does not import: SQLite copies the bytes before it returns.
// It is safe to share, since it never changes.
nonisolated(unsafe) private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
