import Configuration
import GatewayCore

/// Whose a client certificate is: as ``KeyRing`` for keys.
struct CertificateRing: Sendable {
  /// Why a certificate is nobody's.
  enum Refusal: String, Error, Sendable, Equatable {
    /// No app has it.
    case unmapped
    /// Two apps have it.
    case ambiguous
    /// Its time ended while its connection was open.
    case expired
  }

  private let owners: [AppCertificate: App]

  /// Creates a ring.
  ///
  /// - Parameter rules: by which mark a certificate is an app's; each mark stands once.
  init(_ rules: [(AppCertificate, App)]) {
    owners = Dictionary(rules) { first, _ in first }
  }

  /// Whether any app has a certificate. If none has, certificates let clients connect, and who they
  /// are is for keys to say.
  var isEmpty: Bool { owners.isEmpty }

  /// The app of a certificate.
  func owner(of certificate: ClientCertificate, at now: Timestamp) throws(Refusal) -> App {
    // Verified in the handshake, but a connection may be older than that.
    guard certificate.end > now else { throw .expired }
    var found: App?
    for mark in marks(of: certificate) {
      guard let owner = owners[mark] else { continue }
      if let found, found.name != owner.name { throw .ambiguous }
      found = owner
    }
    guard let found else { throw .unmapped }
    return found
  }

  private func marks(of certificate: ClientCertificate) -> [AppCertificate] {
    var marks: [AppCertificate] = []
    if let subject = certificate.subject { marks.append(.subject(subject)) }
    if let hash = KeyHash(bytes: certificate.fingerprint) { marks.append(.fingerprint(hash)) }
    marks += certificate.dnsNames.map { .dnsName($0) }
    marks += certificate.uris.map { .uri($0) }
    return marks
  }
}
