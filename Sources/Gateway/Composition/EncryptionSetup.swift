import Configuration
import Credentials
import GatewayCore

/// Finds the key under which secrets are kept, or makes it.
enum EncryptionSetup {
  /// The configured key, or the one in a file beside the database, which is made at the first
  /// start.
  ///
  /// - Throws: ``GatewayApplication/StartFault`` if it cannot be read, made or used.
  static func key(
    _ storage: StorageConfiguration
  ) throws(GatewayApplication.StartFault) -> EncryptionKey {
    do throws(EncryptionKeyFault) {
      if let reference = storage.encryptionKey { return try EncryptionKey(reference) }
      guard case .sqlite(let path) = storage.backend else {
        throw EncryptionKeyFault(.file("storage.encryption_key"), .secret(.missing))
      }
      return try EncryptionKeyFile.readOrMake(path + ".key")
    } catch {
      throw GatewayApplication.StartFault(description: "storage.encryption_key: \(error)")
    }
  }
}
