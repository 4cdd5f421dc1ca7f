import GRDB
import GatewayCore
import Storage

/// Reads the columns of a row from left to right.
///
/// A column of another kind than expected means that somebody else has written to the file: it is
/// an error and not a reason to end the process, as the database library would have it.
struct ColumnReader {
  private let row: Row
  private var index = 0

  init(_ row: Row) {
    self.row = row
  }

  mutating func integer() throws(StorageFault) -> Int64 {
    guard let value = try optionalInteger() else { throw damage() }
    return value
  }

  mutating func optionalInteger() throws(StorageFault) -> Int64? {
    switch try next() {
    case .null: return nil
    case .int64(let value): return value
    default: throw damage()
    }
  }

  mutating func text() throws(StorageFault) -> String {
    guard let value = try optionalText() else { throw damage() }
    return value
  }

  mutating func optionalText() throws(StorageFault) -> String? {
    switch try next() {
    case .null: return nil
    case .string(let value): return value
    default: throw damage()
    }
  }

  mutating func bytes() throws(StorageFault) -> [UInt8] {
    guard let value = try optionalBytes() else { throw damage() }
    return value
  }

  mutating func optionalBytes() throws(StorageFault) -> [UInt8]? {
    switch try next() {
    case .null: return nil
    case .blob(let value): return [UInt8](value)
    default: throw damage()
    }
  }

  mutating func time() throws(StorageFault) -> Timestamp {
    Timestamp(microseconds: try integer())
  }

  mutating func optionalTime() throws(StorageFault) -> Timestamp? {
    try optionalInteger().map { Timestamp(microseconds: $0) }
  }

  mutating func id() throws(StorageFault) -> ResourceID {
    guard let id = Blob.id(try bytes()) else { throw damage() }
    return id
  }

  mutating func optionalID() throws(StorageFault) -> ResourceID? {
    guard let bytes = try optionalBytes() else { return nil }
    guard let id = Blob.id(bytes) else { throw damage() }
    return id
  }

  /// A text that is one of the names of an enumeration.
  mutating func name<Name: RawRepresentable>(
    _ type: Name.Type = Name.self
  ) throws(StorageFault) -> Name where Name.RawValue == String {
    guard let name = Name(rawValue: try text()) else { throw damage() }
    return name
  }

  mutating func heatPump() throws(StorageFault) -> HeatPumpReference {
    HeatPumpReference(organisation: try text(), user: try id(), id: try id())
  }

  mutating func origin() throws(StorageFault) -> OperationOrigin {
    OperationOrigin(kind: try name(), name: try text(), occasion: try text())
  }

  /// Passes over a column, whatever it holds.
  mutating func skip() throws(StorageFault) {
    _ = try next()
  }

  private mutating func next() throws(StorageFault) -> DatabaseValue.Storage {
    guard index < row.count else { throw damage() }
    let value = row[index] as DatabaseValue
    index += 1
    return value.storage
  }

  /// What to throw about the column that was read last.
  func damage() -> StorageFault {
    let names = Array(row.columnNames)
    let name = names.indices.contains(index - 1) ? names[index - 1] : "a missing column"
    return .damaged("\(name) holds what no release has written")
  }
}
