import Configuration
import GatewayCore
import TestSupport
import Testing

@testable import Gateway

/// Goal: a verified certificate is the one app that it is mapped to, and agrees with the key.
/// Method: whole requests through the handler, with certificates as the server would hand them
/// over.
@Suite struct ClientCertificateTests {
  private let gateway = GatewayFixture()
  private let handler: EndpointHandler

  init() throws {
    let service = gateway.service
    let owners = ["reader", "writer"].map {
      GatewayFixture.app($0, service, [.heatPumpsRead, .eventsRead])
    }
    let keys = owners.map { owner in
      KeyRing<App>.Key(
        digest: KeyDigest(hashing: owner.name.utf8.span), expires: nil, owner: owner)
    }
    let rules: [(AppCertificate, App)] = [
      (.subject(try #require(DistinguishedName("CN=reader,O=Example"))), owners[0]),
      (.dnsName("reader.example.com"), owners[0]), (.uri("spiffe://x/reader"), owners[0]),
      (.fingerprint(try #require(KeyHash(bytes: [UInt8](repeating: 7, count: 32)))), owners[0]),
      (.dnsName("writer.example.com"), owners[1]),
    ]
    handler = EndpointHandler(
      Services(
        clock: gateway.clock, keys: KeyRing(keys), certificates: CertificateRing(rules),
        endpoints: RouteTable.endpoints, requestIDs: RequestIDs(random: SeededRandom(seed: 1)),
        logger: gateway.log.logger, events: gateway.services.events,
        readiness: { Services.Readiness(isReady: true, details: JSONObject()) }))
  }

  private func certificate(
    _ subject: String? = nil, dns: Set<String> = [], uris: Set<String> = [], mark: UInt8 = 1,
    validFor: Duration = .seconds(60)
  ) -> ClientCertificate {
    ClientCertificate(
      subject: subject.flatMap { DistinguishedName($0) }, dnsNames: dns, uris: uris,
      fingerprint: [UInt8](repeating: mark, count: 32), end: gateway.clock.wall + validFor)
  }

  private func status(
    _ certificate: ClientCertificate?, _ headers: [(String, String)] = []
  ) async -> Int {
    await handler.response(
      to: HTTPRequest(
        method: .get, target: smithPath, headers: headers, arrival: gateway.clock.monotonic,
        clientCertificate: certificate)
    ).status
  }

  @Test func `each mark of a certificate is enough, without a key`() async {
    for shown in [
      certificate("CN=reader,O=Example"),
      certificate(dns: ["other.example.com", "reader.example.com"]),
      certificate("CN=other", uris: ["spiffe://x/reader"]), certificate(mark: 7),
      certificate("CN=reader,O=Example", dns: ["reader.example.com"], mark: 7),
    ] {
      #expect(await status(shown) == 200)
    }
  }

  @Test func `an unknown, an ambiguous and an ended certificate are nobody's`() async {
    for (shown, reason) in [
      (certificate(), "unmapped"), (certificate("CN=reader"), "unmapped"),
      (certificate("O=Example,CN=reader"), "unmapped"),
      (certificate(dns: ["x.reader.example.com"]), "unmapped"),
      (certificate(dns: ["reader.example.com", "writer.example.com"]), "ambiguous"),
      (certificate("CN=reader,O=Example", validFor: .zero), "expired"),
    ] {
      #expect(await status(shown) == 401)
      // Not even a good key helps.
      #expect(await status(shown, [("X-API-Key", "reader")]) == 401)
      #expect(gateway.log.text.contains(reason))
    }
  }

  @Test func `with both, they must be of one app, and a bad key is not overlooked`() async {
    let shown = certificate(dns: ["reader.example.com"])
    #expect(await status(shown, [("X-API-Key", "reader")]) == 200)
    for headers in [
      [("X-API-Key", "writer")], [("X-API-Key", "nobody")], [("X-API-Key", "")],
      [("Authorization", "Bearer writer")], [("Authorization", "Basic reader")],
      [("X-API-Key", "reader"), ("Authorization", "Bearer reader")],
    ] {
      #expect(await status(shown, headers) == 401, "\(headers)")
    }
    #expect(await status(nil, [("X-API-Key", "reader")]) == 200)
    #expect(await status(nil) == 401)
  }

  @Test func `where no app has a certificate, keys alone say who calls`() async {
    let response = await gateway.handler.response(
      to: HTTPRequest(
        method: .get, target: smithPath, headers: [("X-API-Key", "reader")],
        arrival: gateway.clock.monotonic, clientCertificate: certificate()))
    #expect(response.status == 200)
  }
}
