import GRDB
import GatewayCore
import Storage

/// The columns of a row of SQLite's.
///
/// The database library would end the process over a column of another kind than expected.
struct ColumnReader: ColumnReading {
  private let row: Row
  private var index = 0

  init(_ row: Row) {
    self.row = row
  }

  mutating func optionalInteger() throws(StorageFault) -> Int64? {
    switch try next() {
    case .null: return nil
    case .int64(let value): return value
    default: throw damage()
    }
  }

  mutating func optionalText() throws(StorageFault) -> String? {
    switch try next() {
    case .null: return nil
    case .string(let value): return value
    default: throw damage()
    }
  }

  mutating func optionalBytes() throws(StorageFault) -> [UInt8]? {
    switch try next() {
    case .null: return nil
    case .blob(let value): return [UInt8](value)
    default: throw damage()
    }
  }

  mutating func optionalID() throws(StorageFault) -> ResourceID? {
    guard let bytes = try optionalBytes() else { return nil }
    guard let id = Octets.id(bytes) else { throw damage() }
    return id
  }

  mutating func flag() throws(StorageFault) -> Bool {
    try integer() != 0
  }

  mutating func skip() throws(StorageFault) {
    _ = try next()
  }

  private mutating func next() throws(StorageFault) -> DatabaseValue.Storage {
    guard index < row.count else { throw damage() }
    let value = row[index] as DatabaseValue
    index += 1
    return value.storage
  }

  func damage() -> StorageFault {
    let names = Array(row.columnNames)
    let name = names.indices.contains(index - 1) ? names[index - 1] : "a missing column"
    return .damaged("\(name) holds what no release has written")
  }
}
