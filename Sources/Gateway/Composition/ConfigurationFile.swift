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

  /// Reads the file at `path`, and checks it and all that it names: what this lets pass, the
  /// gateway runs with. The start, `check-config` and each reload go through here.
  ///
  /// - Returns: the settings, and warnings if there are any.
  /// - Throws: ``Fault`` with all problems at once.
  public static func check(
    path: String, clock: any GatewayClock = SystemClock()
  ) async throws(Fault) -> LoadedConfiguration {
    let loaded = try load(path: path, clock: clock)
    var problems: [ConfigurationProblem] = []
    for provider in loaded.configuration.identityProviders {
      guard let place = loaded.keyFiles[provider.name],
        let reason = await IdentitySetup.reasonAgainstFile(of: provider, clock: clock)
      else { continue }
      problems.append(place.problem(reason))
    }
    guard problems.isEmpty else {
      throw .invalid(ConfigurationReport(problems: loaded.report.problems + problems))
    }
    return loaded
  }

  /// Reads the file at `path`, without a look at keys of identity providers.
  ///
  /// - Parameter checksSecrets: whether the secrets that it names have to be there.
  /// - Returns: the settings, and warnings if there are any.
  /// - Throws: ``Fault`` with all problems at once.
  public static func load(
    path: String, checksSecrets: Bool = true, clock: any GatewayClock = SystemClock()
  ) throws(Fault) -> LoadedConfiguration {
    // One byte more than the decoder takes, so that it is the one to say that it is too much.
    let bytes = try read(path, limit: 4 << 20)
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
      },
      check: { checksSecrets ? findings(about: $0, reader, at: clock.wall) : [] })
    switch result {
    case .success(let loaded): return loaded
    case .failure(let report): throw .invalid(report)
    }
  }

  private static func findings(
    about matter: ConfigurationMatter, _ reader: SecretReader, at now: Timestamp
  ) -> [ConfigurationMatter.Finding] {
    switch matter {
    case .signingSecret(let reference):
      return HookSetup.reason(against: reference, reader).map { [.init("", $0)] } ?? []
    case .encryptionKey(let reference):
      do throws(EncryptionKeyFault) {
        _ = try EncryptionKey(reference, reader: reader)
        return []
      } catch {
        return [.init("", error.description)]
      }
    case .tls(let files):
      return TLSFiles(files).check(at: now)
    }
  }

  /// Reads a file, and stops once more than `limit` bytes have come.
  static func read(_ path: String, limit: Int) throws(Fault) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }
}
