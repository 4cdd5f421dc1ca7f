public import Configuration
import Credentials
public import GatewayCore
import Glibc

/// Reads and checks the configuration file, secrets' presence included.
public enum ConfigurationFile {
  /// Why a file could not be taken.
  public enum Fault: Error, Sendable {
    /// The file cannot be read, for that reason.
    case unreadable(String)
    /// It was read, and these problems are in it.
    case invalid(ConfigurationReport)
  }

  /// Reads the file at `path`.
  ///
  /// - Parameter checksSecrets: whether the secrets that it names have to be there.
  /// - Returns: the settings, and warnings if there are any.
  /// - Throws: ``Fault`` with all problems at once.
  public static func load(
    path: String, checksSecrets: Bool = true, clock: any GatewayClock = SystemClock()
  ) throws(Fault) -> LoadedConfiguration {
    let bytes = try read(path)
    let reader = SecretReader()
    let result = GatewayConfiguration.load(
      bytes: bytes, now: clock.wall,
      checkSecret: { reference in
        guard checksSecrets else { return nil }
        do throws(SecretFault) {
          _ = try reader.read(reference)
          return nil
        } catch {
          return error.description
        }
      })
    switch result {
    case .success(let loaded): return loaded
    case .failure(let report): throw .invalid(report)
    }
  }

  private static func read(_ path: String) throws(Fault) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    // One byte more than the decoder takes, so that it is the one to say that it is too much.
    while bytes.count <= 4 << 20 {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }
}
