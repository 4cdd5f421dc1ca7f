import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: the upstream's secret is exchanged without a failed request, whichever way it is done.
/// Method: tokens that live for seconds, a simulator that takes the former secret no more, and
/// reads that must reach it all the while.
@Suite struct ReloadSecretTests {
  @Test func `a secret's file that is exchanged counts, and no request fails`() async throws {
    try await withShortTokens(gateway: { setup in
      setup.files["secret"] = "demo-secret\n"
      setup.organisationFiles["client_secret"] = "secret"
    }) { stage in
      try await reading(stage) {
        stage.simulator.setClientSecrets([Secret("demo-secret"), Secret("new-secret")])
        try stage.gateway.replace("secret", by: "new-secret\n")
        // Nobody tells the gateway: it sees it.
        try await stage.gateway.waitForLine("loaded") {
          $0["message"] == "configuration loaded" && $0["occasion"] == "secret"
        }
        stage.simulator.setClientSecrets([Secret("new-secret")])
        try await tokens(stage, more: 2)
      }
    }
  }

  @Test func `the next slot takes over when the first is refused, and becomes the first`()
    async throws
  {
    try await withShortTokens { stage in
      var setup = setup(stage)
      @Sendable func slot() async throws -> (String?, String?) {
        let token = try await stage.operator.get("/admin/status").at("/organisations/0/token")
        return (token?["slot"]?.string, token?["slot_since"]?.string)
      }
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
      let first = try await slot()
      #expect(first.0 == "current" && first.1 != nil)
      try await reading(stage) {
        stage.simulator.setClientSecrets([Secret("demo-secret"), Secret("new-secret")])
        setup.organisation["next"] = [
          "client_id": ["env": "CLIENT_ID"],
          "client_secret": ["file": .string("\(stage.gateway.folderPath)/next")],
        ]
        try stage.gateway.replace("next", by: "new-secret\n")
        #expect(try await stage.reload(setup).status == 200)
        #expect(try await slot().0 == "current")
        stage.simulator.setClientSecrets([Secret("new-secret")])
        try await eventually("the next slot") { try await slot().0 == "next" }
        #expect(try await slot().1 != first.1)
        // What was next is the first from now on: no other token is needed for that.
        setup.organisation["client_secret"] = setup.organisation["next"]?["client_secret"]
        setup.organisation["next"] = nil
        #expect(try await stage.reload(setup).status == 200)
        #expect(try await slot().0 == "current")
        try await tokens(stage, more: 1)
      }
      let status = try await stage.operator.get("/admin/status")
      #expect(!status.text.contains("new-secret") && !status.text.contains("demo-secret"))
    }
  }

  @Test func `a secret that was refused is tried again once it is mended`() async throws {
    try await withStage(gateway: { setup in
      setup.files["secret"] = "wrong\n"
      setup.organisationFiles["client_secret"] = "secret"
    }) { stage in
      #expect(try await stage.portal.get(stage.path(1)).status == 502)
      // However long the pause is by now.
      for _ in 0..<3 { _ = try await stage.portal.get(stage.path(1)) }
      try stage.gateway.replace("secret", by: "demo-secret\n")
      #expect(try await stage.operator.post("/admin/reload").status == 200)
      try await eventually("a token") {
        try await stage.operator.get("/admin/status").at("/organisations/0/token/usable") == true
      }
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
    }
  }

  private func setup(_ stage: Stage) -> GatewaySetup {
    var setup = GatewaySetup(origin: stage.simulator.origin)
    setup.setTinyCache()
    return setup
  }

  private func withShortTokens(
    gateway: (inout GatewaySetup) -> Void = { _ in }, _ body: @Sendable (Stage) async throws -> Void
  ) async throws {
    try await withStage(
      simulator: { $0.tokenLifetime = .seconds(4) },
      gateway: { setup in
        setup.setTinyCache()
        gateway(&setup)
      }, body)
  }

  private func fetches(_ stage: Stage) async throws -> Double {
    try await stage.metric(#"token_fetches_total{organisation="acme"}"#) ?? 0
  }

  private func tokens(_ stage: Stage, more count: Double) async throws {
    let before = try await fetches(stage)
    try await eventually("new tokens") { try await fetches(stage) >= before + count }
  }

  /// Reads while `body` runs, and holds every answer to be a good one.
  private func reading(_ stage: Stage, _ body: () async throws -> Void) async throws {
    let isOver = Locked(false)
    async let statuses = {
      var statuses: [Int: Int] = [:]
      while !isOver.withLock({ $0 }) {
        statuses[try await stage.portal.get(stage.path(1)).status, default: 0] += 1
      }
      return statuses
    }()
    do {
      try await body()
    } catch {
      isOver.withLock { $0 = true }
      _ = try await statuses
      throw error
    }
    isOver.withLock { $0 = true }
    let seen = try await statuses
    #expect(Set(seen.keys) == [200], "\(seen)")
  }
}
