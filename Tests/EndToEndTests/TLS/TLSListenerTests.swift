import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: a gateway serves apps over TLS, knows them by their certificates, and takes a new
/// certificate without losing a request.
/// Method: the real gateway, certificates of an authority made here, GnuTLS on the other side.
@Suite(.enabled(if: CertificateAuthority.isAvailable)) struct TLSListenerTests {
  private static let path = "/v1/heat-pumps/smith-home"

  @Test func `apps read and write over TLS, and plain HTTP gets nothing`() async throws {
    let certificates = try await StageCertificates()
    try await withStage(gateway: { certificates.configure(&$0) }) { stage in
      let app = certificates.client(stage)
      #expect(try await app.get(Self.path).status == 200)
      let write = try await app.patch(Self.path, patch("/space_cooling/enabled", true))
      #expect(write.at("/write/status")?.string == "applied")
      #expect(try await certificates.client(stage, nil).get(Self.path).status == 401)
      await #expect(throws: RawHTTPClient.Fault.closed("")) {
        try await stage.app(.portal).get(Self.path)
      }
      let end = try #require(try await stage.metric("tls_certificate_end_timestamp_seconds"))
      let days = (end - Double(SystemClock().wall.microseconds / 1_000_000)) / 86400
      #expect((29...31).contains(days))
      #expect(try await stage.metric(#"tls_handshakes_total{outcome="completed"}"#) == 3)
      #expect(try await stage.metric(#"tls_handshakes_total{outcome="failed"}"#) == 1)
      let log = stage.gateway.rawLog.joined()
      #expect(log.contains("the client does not speak TLS"))
      #expect(!log.contains("PRIVATE KEY"))
    }
  }

  @Test func `a certificate is an app, and a key beside it must be the same app's`() async throws {
    let certificates = try await StageCertificates()
    let authority = certificates.authority
    let portal = try await authority.signClient("portal", subject: "/O=Example/CN=portal")
    let unmapped = try await authority.signClient("unmapped", subject: "/O=Example/CN=other")
    // Its files are there for as long as it is.
    let otherAuthority = try await CertificateAuthority()
    defer { withExtendedLifetime(otherAuthority) {} }
    let stranger = try await otherAuthority.signClient(
      "stranger", subject: "/O=Example/CN=portal")
    try await withStage(gateway: { setup in
      certificates.configure(&setup, client: ["client_ca": .string(authority.certificate)])
      setup.more["apps"] = [
        [
          "name": "portal", "organisation": "acme",
          "keys": [["sha256": .string(TestKey.portal.sha256)]],
          "certificates": [["subject": "CN=portal,O=Example"]],
          "scopes": ["heat-pumps:read", "heat-pumps:write"], "users": ["*"], "heat_pumps": ["*"],
        ],
        [
          "name": "reader", "organisation": "acme",
          "keys": [["sha256": .string(TestKey.reader.sha256)]],
          "scopes": ["heat-pumps:read"], "users": ["*"], "heat_pumps": ["*"],
        ],
      ]
    }) { stage in
      #expect(try await certificates.client(stage, nil, portal).get(Self.path).status == 200)
      let write = try await certificates.client(stage, nil, portal).patch(
        Self.path, patch("/space_cooling/enabled", true))
      #expect(write.status == 200)
      #expect(try await certificates.client(stage, .portal, portal).get(Self.path).status == 200)
      #expect(try await certificates.client(stage, .reader, nil).get(Self.path).status == 200)
      for (key, pair) in [
        (TestKey.reader as TestKey?, portal), (nil, unmapped), (.portal, unmapped),
        (.expired, portal),
      ] {
        let refused = try await certificates.client(stage, key, pair).get(Self.path)
        #expect(refused.verdict == "401 unauthenticated")
      }
      await #expect(throws: RawHTTPClient.Fault.self) {
        try await certificates.client(stage, .portal, stranger).get(Self.path)
      }
      try await stage.gateway.waitForLine("about the stranger") { line in
        line["message"]?.string == "TLS handshake failed"
          && line["reason"]?.string?.hasPrefix("the client's certificate: ") == true
      }
    }
  }

  @Test func `a reload takes an app's certificate away, over open connections too`() async throws {
    let certificates = try await StageCertificates()
    let authority = certificates.authority
    let portal = try await authority.signClient("portal", subject: "/O=Example/CN=portal")
    let other = try await authority.signClient("other", subject: "/O=Example/CN=other")
    let configure: @Sendable (inout GatewaySetup, String) -> Void = { setup, subject in
      certificates.configure(&setup, client: ["client_ca": .string(authority.certificate)])
      setup.change(app: "portal") { $0["certificates"] = [["subject": .string(subject)]] }
    }
    try await withStage(gateway: { configure(&$0, "CN=portal,O=Example") }) { stage in
      let open = try RawHTTPClient(
        port: stage.gateway.port,
        tls: TLSClientSettings(authority: authority.certificate, pair: portal))
      let read = "GET \(Self.path) HTTP/1.1\r\nHost: h\r\n\r\n"
      #expect(try await open.exchange(read).status == 200)
      #expect(try await certificates.client(stage, nil, other).get(Self.path).status == 401)
      var setup = GatewaySetup(origin: stage.simulator.origin)
      configure(&setup, "CN=other,O=Example")
      let loaded = try await stage.reload(setup)
      #expect(
        loaded.at("/changes") == [["path": "apps[portal].certificates", "change": "changed"]])
      #expect(loaded.at("/needs_restart") == [])
      #expect(try await open.exchange(read).status == 401)
      #expect(try await certificates.client(stage, nil, other).get(Self.path).status == 200)
    }
  }

  @Test func `a new certificate is taken on SIGHUP while requests go on`() async throws {
    let certificates = try await StageCertificates()
    let second = try await certificates.authority.sign("second")
    try await withStage(gateway: { certificates.configure(&$0) }) { stage in
      let settings = TLSClientSettings(authority: certificates.authority.certificate)
      let open = try RawHTTPClient(port: stage.gateway.port, tls: settings)
      let before = try await open.serverCertificate()
      let app = certificates.client(stage)
      #expect(try await app.get(Self.path).status == 200)
      let isOver = Locked(false)
      let load = Task {
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<4 { group.addTask { try await Self.read(app, until: isOver) } }
          return try await group.reduce(0, +)
        }
      }
      try certificates.folder.write("no PEM", to: "tls.crt")
      stage.gateway.signal(SIGHUP)
      try await stage.gateway.waitForLine("about the refusal") { line in
        line["message"]?.string?.hasPrefix("certificate not replaced") == true
      }
      #expect(try await certificates.shown(by: stage) == before)
      try certificates.put(second)
      stage.gateway.signal(SIGHUP)
      // At once, and not only when the gateway looks at the files by itself.
      try await stage.gateway.waitForLine("about the reload") { line in
        line["message"] == "configuration loaded" && line["occasion"] == "SIGHUP"
      }
      #expect(try await certificates.shown(by: stage) != before)
      isOver.withLock { $0 = true }
      #expect(try await load.value > 0)
      #expect(
        try await open.exchange("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").status == 200)
      #expect(try await stage.metric(#"tls_handshakes_total{outcome="failed"}"#) == 0)
    }
  }

  /// Reads again and again; says how often.
  private static func read(_ app: HTTPClient, until isOver: Locked<Bool>) async throws -> Int {
    var count = 0
    while !isOver.withLock({ $0 }) {
      #expect(try await app.get(path).status == 200)
      count += 1
    }
    return count
  }

  @Test func `files that are no good end check-config and the start with 78`() async throws {
    let certificates = try await StageCertificates()
    var setup = GatewaySetup(origin: "http://127.0.0.1:1")
    certificates.configure(&setup, client: ["client_ca": .string(certificates.folder.path + "/ca")])
    chmod(certificates.folder.path + "/tls.key", 0o644)
    let file = try certificates.folder.write(
      setup.configurationText(folder: certificates.folder.path), to: "gateway.yaml")
    for words in [["check-config", file], ["serve", "--config", file]] {
      let process = try ChildProcess(
        [try BuiltProduct.path("podero-gateway")] + words, environment: setup.environment)
      #expect(try await process.wait() == .exited(78))
      for words in [
        "listen.tls.client_ca: \(certificates.folder.path)/ca: No such file",
        "listen.tls.key: refused: ", "can be read by every user (mode 644)",
      ] {
        #expect(process.errors.contains { $0.contains(words) }, "\(process.errors)")
      }
      #expect(process.errors.allSatisfy { $0.hasPrefix(file + ":") })
    }
  }

  @Test func `SIGTERM lets a request over TLS end`() async throws {
    let certificates = try await StageCertificates()
    try await withStage(gateway: { certificates.configure(&$0) }) { stage in
      let app = certificates.client(stage)
      #expect(try await app.get(Self.path).status == 200)
      stage.simulator.setFault(SimulatorFault(.hang(applied: true), call: .update))
      async let write = app.patch(Self.path, patch("/space_cooling/enabled", true))
      await stage.simulator.waitForRequests(.update, count: 1)
      stage.gateway.signal(SIGTERM)
      try await stage.gateway.waitForLine("draining") { $0["message"]?.string == "draining" }
      stage.simulator.clearFaults()
      #expect(try await write.status == 200)
      #expect(try await stage.gateway.wait() == .exited(0))
    }
  }
}
