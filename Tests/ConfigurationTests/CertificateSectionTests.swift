import Configuration
import GatewayCore
import Testing

/// Goal: TLS's settings and apps' certificates are taken as they are meant or not at all.
/// Method: one small file a fault.
@Suite struct CertificateSectionTests {
  private static let tls = "listen: {tls: {certificate: c, key: k, client_ca: a}}\n"

  private func file(_ certificates: String, tls: String = tls, keys: String = "") -> String {
    tls + foundation + """
      apps:
        - {name: a, organisation: acme, \(keys)certificates: \(certificates), scopes: [events:read], users: ['*'], heat_pumps: ['*']}
      """
  }

  @Test(arguments: [
    ("[{}]", "[0]", "exactly one of subject, dns_name, uri, sha256"),
    ("[{subject: 'CN=a', uri: 'x:y'}]", "[0]", "found subject and uri"),
    ("[{subject: portal}]", "[0].subject", "CN=portal,O=Example"),
    ("[{dns_name: '*.example.com'}]", "[0].dns_name", "host name"),
    ("[{uri: portal}]", "[0].uri", "spiffe://"), ("[{sha256: AB}]", "[0].sha256", "SHA-256"),
    ("[{issuer: 'CN=a'}]", "[0].issuer", "unknown key"),
    ("[{subject: 'CN=a,O=b'}, {subject: 'cn=a, o=b'}]", "[1].subject", "already used"),
    ("[{dns_name: A.b}, {dns_name: a.B}]", "[1].dns_name", "already used"),
    ("[]", "", "at least one is needed"),
  ])
  func `a fault of a rule is named`(certificates: String, path: String, words: String) {
    let found = errors(in: file(certificates))
    #expect(
      found.contains { $0.path == "apps[0].certificates\(path)" && $0.message.contains(words) },
      "\(found)")
  }

  @Test func `certificates stand in for keys, and need an authority`() throws {
    let rules = """
      [{subject: 'CN=portal, O=Example'}, {dns_name: Portal.example.com}, {uri: 'spiffe://x/p'}, {sha256: \(hash(7))}]
      """
    let app = try #require(try load(file(rules)).get().configuration.apps.first)
    #expect(app.keys == [])
    #expect(
      app.certificates == [
        .subject(try #require(DistinguishedName("CN=portal,O=Example"))),
        .dnsName("portal.example.com"), .uri("spiffe://x/p"),
        .fingerprint(try #require(KeyHash(hexadecimal: hash(7)))),
      ])
    #expect(
      errors(in: file(rules, tls: "")).map(\.path) == ["apps[0].certificates"])
  }

  @Test func `whether a certificate is demanded hangs on an authority`() throws {
    let required = "listen: {tls: {certificate: c, key: k, client_certificates: required}}\n"
    let found = errors(in: required + foundation)
    #expect(found.map(\.path) == ["listen.tls.client_certificates"])
    let good = required.replacing("key: k,", with: "key: k, client_ca: a,")
    #expect(
      try load(good + foundation).get().configuration.listen.tls?.clientCertificates == .required)
    #expect(
      try load(Self.tls + foundation).get().configuration.listen.tls?.clientCertificates
        == .optional)
  }

  @Test func `what is found in the files stands at their settings`() {
    let result = GatewayConfiguration.load(
      text: "listen:\n  tls:\n    certificate: c\n    key: k\n" + foundation, now: readingTime,
      checkSecret: { _ in nil },
      check: { matter in
        guard case .tls(let tls) = matter else { return [] }
        return [
          .init("certificate", "\(tls.certificate) is old", severity: .warning),
          .init("key", "\(tls.key) is bad"),
        ]
      })
    guard case .failure(let report) = result else {
      Issue.record("accepted")
      return
    }
    #expect(
      report.problems.map(\.description) == [
        "3:18: warning: listen.tls.certificate: c is old", "4:10: listen.tls.key: k is bad",
      ])
  }
}
