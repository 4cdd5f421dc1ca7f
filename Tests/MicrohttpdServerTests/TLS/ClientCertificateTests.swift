import GatewayCore
import MicrohttpdServer
import TestSupport
import Testing

/// Goal: the handler learns whose certificate the client has the key of, and of no other.
/// Method: certificates of the right and of a wrong authority, asked for or demanded.
@Suite(.timeLimit(.minutes(2 * testPatience)), .enabled(if: CertificateAuthority.isAvailable))
struct ClientCertificateTests {
  @Test func `names, fingerprint and end reach the handler`() async throws {
    let stage = try await TLSStage.make(asksClients: true)
    let pair = try await stage.authority.signClient(
      "portal", subject: "/O=Example, Inc./CN=portal",
      names: "DNS:Portal.example.com,URI:spiffe://example.com/portal,DNS:b.example.com")
    let seen = Locked<[ClientCertificate?]>([])
    try await stage.withServer(handler: { request in
      seen.withLock { $0.append(request.clientCertificate) }
      return echo(request)
    }) { running in
      let client = try RawHTTPClient(
        port: running.server.port, tls: TLSClientSettings(pair: pair))
      for _ in 1...2 { #expect(try await client.exchange(get()).status == 200) }
      #expect(try await running.exchange(get()).status == 200)
      let certificate = try #require(seen.withLock { $0.first ?? nil })
      #expect(certificate.subject == DistinguishedName("CN=portal,O=Example\\, Inc."))
      #expect(certificate.dnsNames == ["portal.example.com", "b.example.com"])
      #expect(certificate.uris == ["spiffe://example.com/portal"])
      #expect(certificate.fingerprint.count == 32)
      #expect(certificate.end > SystemClock().wall + .seconds(29 * 86400))
      #expect(seen.withLock { $0 } == [certificate, certificate, nil])
    }
  }

  @Test func `a certificate of another authority, or for servers only, is refused`() async throws {
    let stage = try await TLSStage.make(asksClients: true)
    let other = try await CertificateAuthority("Test CA")
    let stranger = try await other.signClient("portal", subject: "/CN=portal")
    let server = try await stage.authority.sign(
      "no-client", subject: "/CN=portal", extensions: ["extendedKeyUsage=serverAuth"])
    try await stage.withServer { running in
      for pair in [stranger, server] {
        let client = try RawHTTPClient(
          port: running.server.port, tls: TLSClientSettings(pair: pair))
        await #expect(throws: RawHTTPClient.Fault.self) { try await client.exchange(get()) }
      }
      await running.wait { $0.handshakesFailed == 2 }
      #expect(
        running.failures.allSatisfy { if case .certificateRefused = $0 { true } else { false } },
        "\(running.failures)")
    }
  }

  @Test func `where one is demanded, nobody comes without`() async throws {
    let stage = try await TLSStage.make(asksClients: true, demandsCertificate: true)
    let pair = try await stage.authority.signClient("portal", subject: "/CN=portal")
    try await stage.withServer { running in
      await #expect(throws: RawHTTPClient.Fault.self) { try await running.exchange(get()) }
      await running.wait { $0.handshakesFailed == 1 }
      let client = try RawHTTPClient(
        port: running.server.port, tls: TLSClientSettings(pair: pair))
      #expect(try await client.exchange(get()).status == 200)
    }
  }

  @Test func `credentials say what is wrong with them`() async throws {
    let authority = try await CertificateAuthority()
    let (one, two) = (try await authority.sign("one"), try await authority.sign("two"))
    let certificate = readFile(one.certificate) ?? []
    let (key, otherKey) = (Secret(readFile(one.key) ?? []), Secret(readFile(two.key) ?? []))
    let garbage = Array("no PEM".utf8)
    #expect(throws: TLSFault.badCertificate) {
      try TLSCredentials(certificate: garbage, key: key)
    }
    #expect(throws: TLSFault.badKey) {
      try TLSCredentials(certificate: certificate, key: Secret(garbage))
    }
    #expect(throws: TLSFault.keyOfOtherCertificate) {
      try TLSCredentials(certificate: certificate, key: otherKey)
    }
    #expect(throws: TLSFault.badAuthority) {
      try TLSCredentials(certificate: certificate, key: key, clientAuthority: garbage)
    }
    let good = try TLSCredentials(certificate: certificate, key: key)
    #expect(good.begin < SystemClock().wall && good.end > SystemClock().wall)
  }
}
