import Configuration
import GatewayCore
import Glibc

/// Sees when a file that holds a secret is another one than before.
///
/// Files are looked at every few seconds: that takes next to nothing, and notices what is written,
/// moved or linked in whatever way; an orchestrator exchanges a link to a folder of secrets.
enum SecretWatch {
  /// How often files are looked at.
  static let interval = Duration.seconds(5)

  /// A file as it was at one moment, without a look into it.
  struct Mark: Sendable, Equatable {
    private let numbers: [Int]

    /// - Returns: `nil` if there is none.
    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      numbers = [
        Int(bitPattern: UInt(status.st_dev)), Int(bitPattern: UInt(status.st_ino)),
        Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
        status.st_ctim.tv_nsec,
      ]
    }
  }

  /// The files that hold the secrets of a configuration, as far as they can be exchanged while the
  /// gateway runs.
  static func files(of configuration: GatewayConfiguration) -> Set<String> {
    let slots = configuration.organisations.flatMap { [$0.credentials] + [$0.nextCredentials] }
    let references =
      slots.compactMap { $0 }.flatMap { [$0.id, $0.secret] }
      + configuration.hooks.flatMap(\.verification.secrets)
    return Set(
      references.compactMap { reference in
        if case .file(let path) = reference { path } else { nil }
      })
  }

  /// All of them as they are now.
  static func marks(of files: Set<String>) -> [String: Mark?] {
    Dictionary(uniqueKeysWithValues: files.map { ($0, Mark($0)) })
  }
}

extension HookVerification {
  fileprivate var secrets: [SecretReference] {
    switch self {
    case .hmacSHA256(let verification): verification.secrets
    case .standardWebhooks(let secrets): secrets
    case .bearer, .basic, .pathToken: []
    }
  }
}
