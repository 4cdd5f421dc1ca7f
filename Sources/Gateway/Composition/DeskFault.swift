import Configuration
import Storage

/// Why something that an operator asked for at the command line could not be done.
public struct DeskFault: Error, Sendable, CustomStringConvertible {
  /// For people.
  public let description: String
}

extension StorageConfiguration {
  /// Asks the database, beside the gateways.
  ///
  /// - Throws: ``DeskFault`` with what the storage says.
  func asked<Value: Sendable>(
    _ body: @Sendable (any StorageReader) async throws(StorageFault) -> Value
  ) async throws(DeskFault) -> Value {
    do {
      return try await StorageSetup.reading(backend, body)
    } catch {
      throw DeskFault(description: "\(error)")
    }
  }
}
