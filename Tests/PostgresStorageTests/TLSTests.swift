import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage

/// Goal: with `sslmode=verify-full` nothing goes to a server that cannot show whom it is.
/// Method: a server with a certificate of an authority of the test's own.
@Suite(.enabled(if: CertificateAuthority.isAvailable)) struct TLSTests {
  @Test func `the authority that is named is trusted, another is not, and nor is another name`()
    async throws
  {
    let (authority, other) = (try await CertificateAuthority(), try await CertificateAuthority())
    let server = try await PostgresServer(tls: try await authority.sign("postgres"))
    let port = try #require(server.port)
    func settings(_ host: String, _ rest: String) -> PostgresSettings {
      let url = "postgresql://gateway@\(host):\(port)/postgres?\(rest)"
      return PostgresSettings(url: Secret(url))
    }
    let good = "sslmode=verify-full&sslrootcert=\(authority.certificate)"
    try await onConnection(settings("127.0.0.1", good)) { connection in
      #expect(connection.isEncrypted)
      _ = try await connection.send("SELECT 1::bigint").rows()
    }
    let storage = try await PostgresStorage.open(settings("127.0.0.1", good))
    try await storage.check()
    await storage.close()
    let wrong = "sslmode=verify-full&sslrootcert=\(other.certificate)"
    // The certificate is for the address, and not for the name.
    for refused in [settings("127.0.0.1", wrong), settings("localhost", good)] {
      let fault = await #expect(throws: PostgresFault.self) {
        try await onConnection(refused) { _ in }
      }
      let words = "\(try #require(fault).storageFault)"
      #expect(words.contains("certificate"), "\(words)")
      #expect(!words.contains("gateway"), "\(words)")
    }
    // Without asking for it, nothing is checked: what the documents warn of.
    try await onConnection(settings("127.0.0.1", "sslmode=require")) { connection in
      #expect(connection.isEncrypted)
    }
    try await server.stop()
  }
}
