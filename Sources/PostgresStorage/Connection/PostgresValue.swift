import GatewayCore
import Storage

/// A parameter of a statement, in PostgreSQL's binary format (PostgreSQL, chapter 55.7, "Formats
/// and Format Codes").
enum PostgresValue: Sendable, Equatable {
  case integer(Int64?)
  case text(String?)
  case bytes([UInt8]?)
  case id(ResourceID?)
  case flag(Bool)
  case integers([Int64?])
  case texts([String]?)
  case byteStrings([[UInt8]])
  case ids([ResourceID]?)
  case flags([Bool])

  static func time(_ time: Timestamp?) -> PostgresValue { .integer(time?.microseconds) }
  static func count(_ count: Int) -> PostgresValue { .integer(Int64(max(0, count))) }
  static func times(_ times: [Timestamp]) -> PostgresValue { .integers(times.map(\.microseconds)) }

  /// The type's number in the server's catalogue, which never changes (`pg_type.dat`).
  var type: UInt32 {
    switch self {
    case .flag: 16
    case .bytes: 17
    case .integer: 20
    case .text: 25
    case .id: 2950
    case .flags: 1000
    case .byteStrings: 1001
    case .texts: 1009
    case .integers: 1016
    case .ids: 2951
    }
  }

  /// The value; `nil` for none.
  var binary: [UInt8]? {
    switch self {
    case .integer(let value): value.map(Self.octets)
    case .text(let value): value.map(Self.octets)
    case .bytes(let value): value
    case .id(let value): value.map { Octets.of($0) }
    case .flag(let value): [value ? 1 : 0]
    case .integers(let values): Self.array(of: 20, values.map { $0.map(Self.octets) })
    case .texts(let values): values.map { Self.array(of: 25, $0.map(Self.octets)) }
    case .byteStrings(let values): Self.array(of: 17, values)
    case .ids(let values): values.map { Self.array(of: 2950, $0.map { Octets.of($0) }) }
    case .flags(let values): Self.array(of: 16, values.map { [$0 ? 1 : 0] })
    }
  }

  // PostgreSQL's texts hold any character but U+0000.
  private static func octets(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.contains(0) else { return bytes }
    return bytes.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }
  }

  private static func octets(_ number: Int64) -> [UInt8] {
    Octets.of([UInt64(bitPattern: number)])
  }

  private static func short(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
  }

  // Dimensions, whether there are nulls, the elements' type; then size and first index; then the
  // elements, each with its length before it.
  private static func array(of type: UInt32, _ elements: [[UInt8]?]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes += short(elements.isEmpty ? 0 : 1)
    bytes += short(elements.contains { $0 == nil } ? 1 : 0)
    bytes += short(type)
    if elements.isEmpty { return bytes }
    bytes += short(UInt32(elements.count))
    bytes += short(1)
    for element in elements {
      bytes += short(element.map { UInt32($0.count) } ?? .max)
      bytes += element ?? []
    }
    return bytes
  }
}
