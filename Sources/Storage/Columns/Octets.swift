package import GatewayCore

/// The columns that hold numbers and ids as bytes.
package enum Octets {
  /// An id as its 16 octets, so that version 7 ids are in the order of their making.
  package static func of(_ id: ResourceID) -> [UInt8] { of([id.high, id.low]) }

  /// Ids, one behind the other.
  package static func of(_ ids: [ResourceID]) -> [UInt8] { of(ids.flatMap { [$0.high, $0.low] }) }

  /// Numbers of 64 bits, one behind the other.
  package static func of(_ numbers: [UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 * numbers.count)
    for number in numbers {
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
      }
    }
    return bytes
  }

  /// Attempts as pairs of numbers.
  package static func of(_ attempts: [SendAttempt]) -> [UInt8] {
    of(attempts.flatMap { [UInt64(bitPattern: $0.at.microseconds), $0.body] })
  }

  /// The reverse of ``of(_:)-(ResourceID)``.
  ///
  /// - Returns: `nil` unless there are 16 octets.
  package static func id(_ bytes: [UInt8]) -> ResourceID? {
    guard let ids = ids(bytes), ids.count == 1 else { return nil }
    return ids[0]
  }

  /// The reverse of ``of(_:)-([ResourceID])``.
  ///
  /// - Returns: `nil` unless the bytes are whole ids.
  package static func ids(_ bytes: [UInt8]) -> [ResourceID]? {
    guard let halves = numbers(bytes), halves.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: halves.count, by: 2).map {
      ResourceID(high: halves[$0], low: halves[$0 + 1])
    }
  }

  /// The reverse of ``of(_:)-([UInt64])``.
  ///
  /// - Returns: `nil` unless the bytes are whole numbers.
  package static func numbers(_ bytes: [UInt8]) -> [UInt64]? {
    guard bytes.count.isMultiple(of: 8) else { return nil }
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// The reverse of ``of(_:)-([SendAttempt])``.
  ///
  /// - Returns: `nil` unless the bytes are whole pairs.
  package static func attempts(_ bytes: [UInt8]) -> [SendAttempt]? {
    guard let numbers = numbers(bytes), numbers.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: numbers.count, by: 2).map { index in
      SendAttempt(
        at: Timestamp(microseconds: Int64(bitPattern: numbers[index])), body: numbers[index + 1])
    }
  }
}
