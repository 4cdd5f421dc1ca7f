import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: what an operator has read anew counts over TLS: the listener's certificate, and for streams
/// who an app is.
/// Method: files and configurations exchanged under the running gateway, `POST /admin/reload`, and
/// clients that stay connected.
@Suite(.enabled(if: CertificateAuthority.isAvailable)) struct TLSReloadTests {
  private static let path = "/v1/heat-pumps/smith-home"

  @Test func `a renewed certificate is shown from the reload on, and a bad one never`() async throws
  {
    let certificates = try await StageCertificates()
    let second = try await certificates.authority.sign("second")
    try await withStage(gateway: { certificates.configure(&$0) }) { stage in
      let first = try await certificates.shown(by: stage)
      try certificates.put(second)
      #expect(try await stage.operator.post("/admin/reload").status == 200)
      let renewed = try await certificates.shown(by: stage)
      #expect(renewed != first)
      try certificates.folder.write("no PEM", to: "tls.crt")
      // The configuration itself names files that are no good now, so it is refused.
      let refused = try await stage.operator.post("/admin/reload")
      #expect(refused.verdict == "422 configuration-refused")
      #expect(refused.at("/errors/0/pointer") == "/listen/tls/certificate")
      #expect(try await certificates.shown(by: stage) == renewed)
      #expect(try await certificates.client(stage).get(Self.path).status == 200)
    }
  }

  @Test func `an app that is known by its certificate hears events until that is taken away`()
    async throws
  {
    let certificates = try await StageCertificates()
    let authority = certificates.authority
    let portal = try await authority.signClient("portal", subject: "/O=Example/CN=portal")
    let configure: @Sendable (inout GatewaySetup, String) -> Void = { setup, subject in
      certificates.configure(&setup, client: ["client_ca": .string(authority.certificate)])
      setup.scopes = ["portal": ["events:read"]]
      setup.change(app: "portal") { $0["certificates"] = [["subject": .string(subject)]] }
    }
    try await withStage(gateway: { configure(&$0, "CN=portal,O=Example") }) { stage in
      let client = certificates.client(stage, nil, portal)
      let stranger = try await StreamClient.open(
        port: stage.gateway.port, nil, tls: certificates.client(stage).tls)
      #expect(stranger.head.status == 401)
      let stream = try await StreamClient.open(port: stage.gateway.port, nil, tls: client.tls)
      #expect(stream.head.status == 200)
      let keyed = try await StreamClient.open(
        port: stage.gateway.port, .portal, tls: client.tls)
      #expect(keyed.head.status == 200)
      #expect(try await client.get(Self.path).status == 200)
      let write = try await client.patch(Self.path, patch("/space_cooling/enabled", true))
      #expect(write.status == 200)
      let event = try #require(try await stream.event())
      #expect(event.event == "heat_pump.settings_changed")
      var setup = GatewaySetup(origin: stage.simulator.origin)
      configure(&setup, "CN=other,O=Example")
      #expect(try await stage.reload(setup).status == 200)
      // A key that still counts is no help: what a caller shows must agree.
      for stream in [stream, keyed] {
        var (last, signsOfLife) = (event, 0)
        while signsOfLife < 3, let message = try await stream.next() {
          if message.event == nil { signsOfLife += 1 } else { last = message }
        }
        #expect(last.event == "end" && last.data?["reason"] == "unauthenticated")
      }
    }
  }
}
