package import GatewayCore

/// Reads the columns of a row from left to right: what the storages in databases share.
///
/// A column of another kind than expected means that somebody else has written to the database: it
/// is an error, never a reason to end the process.
package protocol ColumnReading {
  /// The next column, a whole number; `nil` for none.
  mutating func optionalInteger() throws(StorageFault) -> Int64?
  /// The next column, a text; `nil` for none.
  mutating func optionalText() throws(StorageFault) -> String?
  /// The next column, bytes; `nil` for none.
  mutating func optionalBytes() throws(StorageFault) -> [UInt8]?
  /// The next column, an id; `nil` for none.
  mutating func optionalID() throws(StorageFault) -> ResourceID?
  /// The next column, which is true or false.
  mutating func flag() throws(StorageFault) -> Bool
  /// Passes over a column, whatever it holds.
  mutating func skip() throws(StorageFault)
  /// What to throw about the column that was read last.
  func damage() -> StorageFault
}

extension ColumnReading {
  /// The next column, a whole number.
  package mutating func integer() throws(StorageFault) -> Int64 {
    guard let value = try optionalInteger() else { throw damage() }
    return value
  }

  /// The next column, a text.
  package mutating func text() throws(StorageFault) -> String {
    guard let value = try optionalText() else { throw damage() }
    return value
  }

  /// The next column, bytes.
  package mutating func bytes() throws(StorageFault) -> [UInt8] {
    guard let value = try optionalBytes() else { throw damage() }
    return value
  }

  /// The next column, an id.
  package mutating func id() throws(StorageFault) -> ResourceID {
    guard let value = try optionalID() else { throw damage() }
    return value
  }

  /// The next column, a time in microseconds since 1970.
  package mutating func time() throws(StorageFault) -> Timestamp {
    Timestamp(microseconds: try integer())
  }

  /// The next column, a time in microseconds since 1970; `nil` for none.
  package mutating func optionalTime() throws(StorageFault) -> Timestamp? {
    try optionalInteger().map { Timestamp(microseconds: $0) }
  }

  /// A text that is one of the names of an enumeration.
  package mutating func name<Name: RawRepresentable>(
    _ type: Name.Type = Name.self
  ) throws(StorageFault) -> Name where Name.RawValue == String {
    guard let name = Name(rawValue: try text()) else { throw damage() }
    return name
  }

  /// Three columns: organisation, user, id.
  package mutating func heatPump() throws(StorageFault) -> HeatPumpReference {
    HeatPumpReference(organisation: try text(), user: try id(), id: try id())
  }

  /// Four columns: a number that is there if the three of ``heatPump()`` are.
  package mutating func optionalHeatPump() throws(StorageFault) -> HeatPumpReference? {
    if try optionalInteger() != nil { return try heatPump() }
    for _ in 0..<3 { try skip() }
    return nil
  }
}
