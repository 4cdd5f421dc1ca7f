import GRDB
import GRDBSQLite
import GatewayCore

/// A value that a statement takes in the place of a question mark.
protocol StatementArgument {
  /// Hands a copy of the value to the statement.
  ///
  /// - Parameters:
  ///   - position: of the question mark, from 1.
  ///   - room: where the copy may lie for as long as the statement runs; `nil` if SQLite keeps it.
  /// - Returns: SQLite's result code.
  func bind(to statement: SQLiteStatement, at position: Int32, in room: ArgumentRoom?) -> Int32
}

extension Int64: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32, in room: ArgumentRoom?) -> Int32 {
    sqlite3_bind_int64(statement, position, self)
  }
}

extension Int: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32, in room: ArgumentRoom?) -> Int32 {
    sqlite3_bind_int64(statement, position, Int64(self))
  }
}

extension Bool: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32, in room: ArgumentRoom?) -> Int32 {
    sqlite3_bind_int64(statement, position, self ? 1 : 0)
  }
}

extension String: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32, in room: ArgumentRoom?) -> Int32 {
    var text = self
    return text.withUTF8 { bytes in
      let (start, disposal) = placed(UnsafeRawBufferPointer(bytes), in: room)
      // An empty text has no place of its own, and would be NULL without one.
      guard let start else { return sqlite3_bind_text(statement, position, "", 0, copied) }
      return sqlite3_bind_text(
        statement, position, start.assumingMemoryBound(to: CChar.self), Int32(bytes.count),
        disposal)
    }
  }
}

extension [UInt8]: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32, in room: ArgumentRoom?) -> Int32 {
    withUnsafeBytes { bytes in
      guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, position, 0) }
      let (start, disposal) = placed(bytes, in: room)
      return sqlite3_bind_blob(statement, position, start, Int32(bytes.count), disposal)
    }
  }
}

/// Its 16 octets, so that version 7 ids are in the order of their making.
extension ResourceID: StatementArgument {
  func bind(to statement: SQLiteStatement, at position: Int32, in room: ArgumentRoom?) -> Int32 {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes in
      let (start, disposal) = placed(bytes, in: room)
      return sqlite3_bind_blob(statement, position, start, 16, disposal)
    }
  }
}

// Where SQLite finds the bytes, and what it does with them: nothing (SQLITE_STATIC) to those that
// lie in the room until the statement has run.
private func placed(
  _ bytes: UnsafeRawBufferPointer, in room: ArgumentRoom?
) -> (start: UnsafeRawPointer?, disposal: sqlite3_destructor_type?) {
  if let start = room?.copy(bytes) { return (start, nil) }
  return (bytes.baseAddress, copied)
}

// SQLITE_TRANSIENT, a cast that Swift does not import: SQLite copies the bytes before it returns.
// It is safe to share, since it never changes.
nonisolated(unsafe) private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
