import GRDB
import GRDBSQLite
import GatewayCore
import Storage

/// The columns of a row of SQLite's.
///
/// The database library would end the process over a column of another kind than expected.
struct ColumnReader: ColumnReading {
  private let statement: SQLiteStatement
  private let count: Int32
  private var index: Int32 = 0

  /// Reads a statement's present row, and is to be used while that is the present one.
  init(_ statement: SQLiteStatement) {
    self.statement = statement
    count = sqlite3_data_count(statement)
  }

  mutating func optionalInteger() throws(StorageFault) -> Int64? {
    switch try next() {
    case SQLITE_NULL: return nil
    case SQLITE_INTEGER: return sqlite3_column_int64(statement, index - 1)
    default: throw damage()
    }
  }

  mutating func optionalText() throws(StorageFault) -> String? {
    switch try next() {
    case SQLITE_NULL: return nil
    case SQLITE_TEXT:
      return withContent(sqlite3_column_text(statement, index - 1)) {
        String(decoding: $0, as: UTF8.self)
      }
    default: throw damage()
    }
  }

  mutating func optionalBytes() throws(StorageFault) -> [UInt8]? {
    switch try next() {
    case SQLITE_NULL: return nil
    case SQLITE_BLOB: return withContent(sqlite3_column_blob(statement, index - 1)) { [UInt8]($0) }
    default: throw damage()
    }
  }

  mutating func optionalID() throws(StorageFault) -> ResourceID? {
    switch try next() {
    case SQLITE_NULL: return nil
    case SQLITE_BLOB:
      let id = withContent(sqlite3_column_blob(statement, index - 1)) { bytes -> ResourceID? in
        guard bytes.count == 16 else { return nil }
        return ResourceID(
          high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
          low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
      }
      guard let id else { throw damage() }
      return id
    default: throw damage()
    }
  }

  mutating func flag() throws(StorageFault) -> Bool {
    try integer() != 0
  }

  mutating func skip() throws(StorageFault) {
    _ = try next()
  }

  // The kind of the next column, which is the one before `index` from then on.
  private mutating func next() throws(StorageFault) -> Int32 {
    guard index < count else { throw damage() }
    defer { index += 1 }
    return sqlite3_column_type(statement, index)
  }

  // The bytes of the column that was read last, which SQLite keeps until the next row.
  private func withContent<Value>(
    _ start: UnsafeRawPointer?, _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value {
    let count = Int(sqlite3_column_bytes(statement, index - 1))
    return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }

  func damage() -> StorageFault {
    let name = sqlite3_column_name(statement, index - 1).map { String(cString: $0) }
    return .damaged("\(name ?? "a missing column") holds what no release has written")
  }
}
