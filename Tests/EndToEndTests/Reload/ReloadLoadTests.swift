import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: however often the configuration is loaded anew, no request is dropped or fails for it.
/// Method: connections that are kept open and never pause, and reloads without end, good ones and
/// refused ones, that change something of everything each time.
@Suite struct ReloadLoadTests {
  @Test func `no request fails under reloads`() async throws {
    try await withStage(gateway: { $0.addHooks() }) { stage in
      let isOver = Locked(false)
      let load = Task {
        try await withThrowingTaskGroup(of: [Int: Int].self) { group in
          for number in 0..<6 {
            group.addTask { try await keepCalling(stage, number) { isOver.withLock { $0 } } }
          }
          return try await group.reduce(into: [Int: Int]()) { $0.merge($1, uniquingKeysWith: +) }
        }
      }
      let rounds = 20
      for round in 0..<rounds { try await reload(stage, round) }
      isOver.withLock { $0 = true }
      let seen = try await load.value
      #expect(Set(seen.keys).isSubset(of: [200, 202]), "\(seen)")
      #expect(seen[200] ?? 0 > 100 && seen[202] ?? 0 > 10, "\(seen)")
      let loaded = Double(rounds - rounds / 5)
      #expect(try await stage.metric("config_generation") == 1 + loaded)
      #expect(try await stage.metric(#"config_reloads_total{outcome="refused"}"#) == 4)
      // Each of them still is one app of one organisation with one token.
      #expect(try await stage.metric(#"token_fetches_total{organisation="acme"}"#) == 1)
    }
  }

  private func reload(_ stage: Stage, _ round: Int) async throws {
    var setup = GatewaySetup(origin: stage.simulator.origin)
    setup.addHooks()
    setup.organisation["cache"] = ["fresh": .string("PT\(round % 3)S")]
    setup.organisation["budget"] = [
      "requests_per_second": .number(ExactDecimal(5000 + round)), "in_flight": 500,
    ]
    setup.organisation["polling"] = ["interval": .string("PT\(60 + round)S")]
    setup.organisation["timeouts"] = ["total": .string("PT\(10 + round % 5)S")]
    setup.apps.append(GatewaySetup.app("app-\(round)", .made("app-\(round)")))
    if round % 2 == 0 {
      setup.change(app: "reader") { $0["scopes"] = ["heat-pumps:read", "personal-data:read"] }
      var other = setup.organisation
      other["name"] = "other"
      other["id"] = .string(PoderoSimulator.userID(99).description)
      setup.more["organisations"] = [.object(setup.organisation), .object(other)]
    }
    let isBad = round % 5 == 4
    if isBad { setup.change(app: "portal") { $0["scopes"] = ["heat-pumps:fly"] } }
    #expect(try await stage.reload(setup).status == (isBad ? 422 : 200))
  }

  private func keepCalling(
    _ stage: Stage, _ number: Int, until isOver: () -> Bool
  ) async throws -> [Int: Int] {
    var seen: [Int: Int] = [:]
    let connection = try RawHTTPClient(port: stage.gateway.port, timeout: 60)
    var count = 0
    while !isOver() {
      count += 1
      let answer: Int
      switch number {
      case 0..<3: answer = try await read(connection, stage, count)
      case 3, 4: answer = try await write(connection, stage, number, count)
      default:
        // On a connection of its own each time: others come and go as well.
        answer = try await TestHook.house.send(
          stage.app(nil),
          [
            "id": .string("e-\(count)"), "event": "hot_water",
            "value": .number(ExactDecimal(40 + count % 20)),
          ]
        ).status
      }
      seen[answer, default: 0] += 1
    }
    return seen
  }

  private func read(_ connection: RawHTTPClient, _ stage: Stage, _ count: Int) async throws -> Int {
    let key = [TestKey.full, .portal, .reader, .narrow][count % 4]
    return try await connection.exchange(
      "GET \(stage.path(1)) HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer \(key.key)\r\n\r\n"
    ).status
  }

  private func write(
    _ connection: RawHTTPClient, _ stage: Stage, _ number: Int, _ count: Int
  ) async throws -> Int {
    let body = #"{"pause":{"active":\#(count.isMultiple(of: 2))}}"#
    return try await connection.exchange(
      "PATCH \(stage.path(number)) HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "
        + "\(TestKey.portal.key)\r\nContent-Type: application/merge-patch+json\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    ).status
  }
}
