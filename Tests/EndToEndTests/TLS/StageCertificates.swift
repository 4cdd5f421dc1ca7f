import GatewayCore
import TestSupport
import Testing

/// Certificates, and where the gateway finds them.
struct StageCertificates: Sendable {
  let authority: CertificateAuthority
  let folder: TemporaryFolder

  init() async throws {
    authority = try await CertificateAuthority()
    folder = try TemporaryFolder()
    try put(try await authority.sign("first"))
  }

  func put(_ pair: CertificateAuthority.Pair) throws {
    // The key first: for a moment they make no pair, as when others replace them.
    for (file, name) in [(pair.key, "tls.key"), (pair.certificate, "tls.crt")] {
      try folder.write(String(decoding: readFile(file) ?? [], as: UTF8.self), to: name)
    }
  }

  func configure(_ setup: inout GatewaySetup, client: JSONValue = [:]) {
    var tls = client.object ?? JSONObject()
    tls["certificate"] = .string(folder.path + "/tls.crt")
    tls["key"] = .string(folder.path + "/tls.key")
    setup.more["listen"] = ["port": 0, "threads": 2, "tls": .object(tls)]
  }

  func client(
    _ stage: Stage, _ key: TestKey? = .portal, _ pair: CertificateAuthority.Pair? = nil
  ) -> HTTPClient {
    var client = stage.app(key)
    client.tls = TLSClientSettings(authority: authority.certificate, pair: pair)
    return client
  }

  /// The certificate that a new connection is shown. With a request, since a client that leaves right
  /// after its half of the handshake has broken it off.
  func shown(by stage: Stage) async throws -> [UInt8] {
    let client = try RawHTTPClient(
      port: stage.gateway.port, tls: TLSClientSettings(authority: authority.certificate))
    #expect(try await client.exchange("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").status == 200)
    return try await client.serverCertificate()
  }
}
