import GatewayCore
import MicrohttpdServer
import TestSupport

/// Certificates for a server and its clients.
struct TLSStage: Sendable {
  let authority: CertificateAuthority
  let context: TLSContext
  /// A client that trusts the server and shows no certificate.
  let client: TLSClientSettings

  /// Makes an authority and a server's certificate.
  ///
  /// - Parameter asksClients: whether clients are asked for certificates of the same authority.
  static func make(
    asksClients: Bool = false, demandsCertificate: Bool = false
  ) async throws -> TLSStage {
    let authority = try await CertificateAuthority()
    let pair = try await authority.sign("server")
    let credentials = try TLSCredentials(
      pair, clientAuthority: asksClients ? authority.certificate : nil,
      demandsCertificate: demandsCertificate)
    return TLSStage(
      authority: authority, context: TLSContext(credentials),
      client: TLSClientSettings(authority: authority.certificate))
  }

  /// Runs `body` with a server that speaks TLS.
  func withServer<Result: Sendable>(
    _ change: (inout ServerSettings) -> Void = { _ in },
    handler: @escaping @Sendable (HTTPRequest) -> Disposition = echo,
    _ body: (Running) async throws -> Result
  ) async throws -> Result {
    try await MicrohttpdServerTests.withServer(
      { settings in
        settings.tls = context
        change(&settings)
      }, tls: client, handler: handler, body)
  }
}

extension TLSCredentials {
  convenience init(
    _ pair: CertificateAuthority.Pair, clientAuthority: String? = nil,
    demandsCertificate: Bool = false
  ) throws {
    try self.init(
      certificate: readFile(pair.certificate) ?? [], key: Secret(readFile(pair.key) ?? []),
      clientAuthority: clientAuthority.map { readFile($0) ?? [] },
      demandsCertificate: demandsCertificate)
  }
}
