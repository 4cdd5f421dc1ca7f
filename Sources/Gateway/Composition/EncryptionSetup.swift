import Configuration
import Credentials
import GatewayCore

/// Finds the key under which secrets are kept, or makes it.
enum EncryptionSetup {
  /// The configured key, or the one in a file beside the database, which is made at the first
  /// start. A database on a server has nothing beside it: its key is made in the working folder.
  ///
  /// - Throws: ``GatewayApplication/StartFault`` if it cannot be read, made or used.
  static func key(
    _ storage: StorageConfiguration
  ) throws(GatewayApplication.StartFault) -> EncryptionKey {
    do throws(EncryptionKeyFault) {
      if let reference = storage.encryptionKey { return try EncryptionKey(reference) }
      switch storage.backend {
      case .sqlite(let path): return try EncryptionKeyFile.readOrMake(path + ".key")
      case .postgres: return try EncryptionKeyFile.readOrMake("gateway.key")
      }
    } catch {
      throw GatewayApplication.StartFault(description: "storage.encryption_key: \(error)")
    }
  }
}
