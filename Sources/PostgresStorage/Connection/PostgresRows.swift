import GatewayCore
import Storage

/// What a statement has given.
struct PostgresRows: Sendable {
  /// The columns' names.
  var names: [String] = []
  /// The rows' values in binary format; `nil` for none.
  var rows: [[[UInt8]?]] = []
  /// How many rows it has changed or given.
  var affected = 0
  /// What was done, such as `COMMIT` or `INSERT 0 1`.
  var tag = ""

  /// Reads the first row, if there is one.
  func first<Value>(_ decode: (inout PostgresColumns) throws -> Value) throws -> Value? {
    guard let row = rows.first else { return nil }
    var columns = PostgresColumns(row, names: names)
    return try decode(&columns)
  }

  /// Reads all rows.
  func all<Value>(_ decode: (inout PostgresColumns) throws -> Value) throws -> [Value] {
    try rows.map { row in
      var columns = PostgresColumns(row, names: names)
      return try decode(&columns)
    }
  }
}

/// The columns of a row of PostgreSQL's.
struct PostgresColumns: ColumnReading {
  private let row: [[UInt8]?]
  private let names: [String]
  private var index = 0

  init(_ row: [[UInt8]?], names: [String]) {
    self.row = row
    self.names = names
  }

  mutating func optionalInteger() throws(StorageFault) -> Int64? {
    guard let bytes = try next() else { return nil }
    switch bytes.count {
    case 8: return bytes.reduce(0) { $0 << 8 | Int64($1) }
    case 4: return Int64(Int32(truncatingIfNeeded: bytes.reduce(0) { $0 << 8 | Int64($1) }))
    default: throw damage()
    }
  }

  mutating func optionalText() throws(StorageFault) -> String? {
    guard let bytes = try next() else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw damage() }
    return text
  }

  mutating func optionalBytes() throws(StorageFault) -> [UInt8]? {
    try next()
  }

  mutating func optionalID() throws(StorageFault) -> ResourceID? {
    guard let bytes = try next() else { return nil }
    guard let id = Octets.id(bytes) else { throw damage() }
    return id
  }

  mutating func flag() throws(StorageFault) -> Bool {
    guard let bytes = try next(), bytes.count == 1 else { throw damage() }
    return bytes[0] != 0
  }

  mutating func skip() throws(StorageFault) {
    _ = try next()
  }

  private mutating func next() throws(StorageFault) -> [UInt8]? {
    guard index < row.count else { throw damage() }
    defer { index += 1 }
    return row[index]
  }

  func damage() -> StorageFault {
    let name = names.indices.contains(index - 1) ? names[index - 1] : "a missing column"
    return .damaged("\(name) holds what no release has written")
  }
}
