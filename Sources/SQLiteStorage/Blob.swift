import FoundationEssentials
import GRDB
import GatewayCore

/// Bytes in the form that the database library takes: the only place that names `Data`.
enum Blob {
  /// Any bytes.
  static func of(_ bytes: [UInt8]) -> DatabaseValue {
    Data(bytes).databaseValue
  }

  /// An id as its 16 octets, so that version 7 ids are in the order of their making.
  static func of(_ id: ResourceID) -> DatabaseValue {
    of(octets(id.high) + octets(id.low))
  }

  /// Numbers of 64 bits, one behind the other.
  static func of(_ numbers: [UInt64]) -> DatabaseValue {
    of(numbers.flatMap(octets))
  }

  /// The reverse of ``of(_:)-(ResourceID)``.
  ///
  /// - Returns: `nil` unless there are 16 octets.
  static func id(_ bytes: [UInt8]) -> ResourceID? {
    guard let halves = numbers(bytes), halves.count == 2 else { return nil }
    return ResourceID(high: halves[0], low: halves[1])
  }

  /// The reverse of ``of(_:)-([UInt64])``.
  ///
  /// - Returns: `nil` unless the bytes are whole numbers.
  static func numbers(_ bytes: [UInt8]) -> [UInt64]? {
    guard bytes.count.isMultiple(of: 8) else { return nil }
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private static func octets(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
  }
}
