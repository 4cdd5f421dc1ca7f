import Configuration
import Credentials
import GatewayCore
import Glibc
import MicrohttpdServer

/// The files of `listen.tls`. Reading blocks, so no reactor does it.
struct TLSFiles: Sendable {
  /// What tells a file's versions apart.
  struct Mark: Sendable, Equatable {
    private let words: [Int64]

    fileprivate init(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else {
        words = []
        return
      }
      words = [
        Int64(status.st_ino), Int64(status.st_size), Int64(status.st_mtim.tv_sec),
        Int64(status.st_mtim.tv_nsec),
      ]
    }
  }

  /// What is wrong with the files, all of it.
  struct Fault: Error, Sendable, CustomStringConvertible {
    let findings: [ConfigurationMatter.Finding]

    var description: String {
      findings.map { "listen.tls.\($0.setting) \($0.message)" }.joined(separator: "; ")
    }
  }

  /// With fewer days left, the certificate's end is worth a warning.
  static let warningTime = Duration.seconds(14 * 86400)
  private static let largestFile = 1 << 20

  private let settings: TLSConfiguration

  init(_ settings: TLSConfiguration) {
    self.settings = settings
  }

  /// Which versions of the files lie there now.
  var marks: [Mark] {
    [settings.certificate, settings.key, settings.clientAuthority].compactMap { $0.map(Mark.init) }
  }

  /// Makes credentials of the files as they are now.
  ///
  /// - Throws: ``Fault``.
  func load() throws(Fault) -> TLSCredentials {
    var findings: [ConfigurationMatter.Finding] = []
    let certificate = read("certificate", settings.certificate, &findings)
    let key = readKey(&findings)
    let authority = settings.clientAuthority.map { read("client_ca", $0, &findings) }
    guard let certificate, let key, findings.isEmpty else { throw Fault(findings: findings) }
    do {
      return try TLSCredentials(
        certificate: certificate, key: key, clientAuthority: authority ?? nil,
        demandsCertificate: settings.clientCertificates == .required)
    } catch {
      throw Fault(findings: [.init(error.setting, "\(path(of: error.setting)) \(error)")])
    }
  }

  /// What there is to say about the files, for a check of the configuration.
  func check(at now: Timestamp) -> [ConfigurationMatter.Finding] {
    do throws(Fault) {
      let credentials = try load()
      return Self.warning(about: credentials, at: now).map {
        [.init("certificate", $0, severity: .warning)]
      } ?? []
    } catch {
      return error.findings
    }
  }

  /// What there is to say about the time for which a certificate is good; `nil` if nothing.
  static func warning(about credentials: TLSCredentials, at now: Timestamp) -> String? {
    if credentials.begin > now { return "the certificate is good from \(credentials.begin) only" }
    if credentials.end <= now { return "the certificate ended at \(credentials.end)" }
    guard credentials.end - now < warningTime else { return nil }
    let days = Int((credentials.end - now).seconds / 86400)
    return "the certificate ends at \(credentials.end), in \(days) days"
  }

  private func path(of setting: String) -> String {
    switch setting {
    case "key": settings.key
    case "client_ca": settings.clientAuthority ?? ""
    default: settings.certificate
    }
  }

  private func read(
    _ setting: String, _ path: String, _ findings: inout [ConfigurationMatter.Finding]
  ) -> [UInt8]? {
    do throws(ConfigurationFile.Fault) {
      let bytes = try ConfigurationFile.read(path, limit: Self.largestFile)
      if bytes.count <= Self.largestFile { return bytes }
      findings.append(.init(setting, "\(path) is larger than 1 MiB"))
    } catch {
      guard case .unreadable(let reason) = error else { return nil }
      findings.append(.init(setting, "\(path): \(reason)"))
    }
    return nil
  }

  private func readKey(_ findings: inout [ConfigurationMatter.Finding]) -> Secret? {
    do throws(SecretFault) {
      let reading = try SecretReader().read(.file(settings.key))
      guard let warning = reading.warning else { return reading.secret }
      findings.append(.init("key", "refused: \(warning)"))
    } catch {
      findings.append(.init("key", "\(error)"))
    }
    return nil
  }
}

extension TLSFault {
  /// The setting whose file is at fault.
  fileprivate var setting: String {
    switch self {
    case .badKey, .encryptedKey, .keyOfOtherCertificate: "key"
    case .badAuthority: "client_ca"
    case .badCertificate, .unusable, .outOfMemory: "certificate"
    }
  }
}
