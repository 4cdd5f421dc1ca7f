import FoundationEssentials
import GRDB
import GatewayCore
import Storage

/// Bytes in the form that the database library takes: the only place that names `Data`.
enum Blob {
  /// Any bytes.
  static func of(_ bytes: [UInt8]) -> DatabaseValue {
    Data(bytes).databaseValue
  }

  /// An id as its 16 octets, so that version 7 ids are in the order of their making.
  static func of(_ id: ResourceID) -> DatabaseValue {
    of(Octets.of(id))
  }
}
