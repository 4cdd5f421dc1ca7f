import GatewayCore
import PoderoSimulator
import Testing

/// Goal: a heat pump can be read by all its addresses and in all its forms.
/// Method: the real executable in front of a simulator with a few heat pumps.
@Suite struct ReadingTests {
  @Test func `owner address, alias and id show the same heat pump`() async throws {
    try await withStage { stage in
      let byOwner = try await stage.full.get(stage.path(1))
      #expect(byOwner.status == 200)
      #expect(byOwner.headers["content-type"] == "application/json")
      let byAlias = try await stage.full.get("/v1/heat-pumps/smith-home")
      let byID = try await stage.full.get("/v1/heat-pumps/\(PoderoSimulator.heatPumpID(1))")
      #expect(byAlias.text == byOwner.text)
      #expect(byID.text == byOwner.text)
      #expect(byOwner.at("/id")?.string == PoderoSimulator.heatPumpID(1).description)
      #expect(byOwner.at("/user_id")?.string == PoderoSimulator.userID(1).description)
      #expect(byOwner.at("/organisation")?.string == "acme")
      #expect(byOwner.at("/alias")?.string == "smith-home")
      #expect(byOwner.at("/space_heating/maximum_temperature")?.number?.text == "24.0")
      #expect(byOwner.at("/optimization/level")?.string == "mid")
      #expect(byOwner.at("/inverter/forced_mode_since")?.isNull == true)
      #expect(byOwner.at("/freshness/state")?.string == "live")
      #expect(byOwner.at("/freshness/upstream")?.string == "ok")
      #expect(byOwner.at("/pending")?.array == [])
      #expect(stage.simulator.requestCount(.detail) == 1)
    }
  }

  @Test func `an id is known once the heat pump was met`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/\(PoderoSimulator.heatPumpID(2))"
      #expect(try await stage.full.get(path).verdict == "404 not-found")
      let list = try await stage.full.get("/v1/users/\(PoderoSimulator.userID(1))/heat-pumps")
      #expect(list.at("/items")?.array?.count == 2)
      #expect(list.at("/items/0/id")?.string == PoderoSimulator.heatPumpID(1).description)
      #expect(list.at("/items/0/market/forecasting_enabled")?.bool != nil)
      #expect(list.at("/next_cursor")?.isNull == true)
      #expect(try await stage.full.get(path).status == 200)
      let all = try await stage.full.get("/v1/heat-pumps")
      #expect(all.at("/items")?.array?.count == 2)
    }
  }

  @Test func `an entity tag answers 304 until something changes`() async throws {
    try await withStage { stage in
      let first = try await stage.portal.get("/v1/heat-pumps/smith-home")
      let tag = try #require(first.headers["etag"])
      #expect(first.headers["cache-status"] == "podero-gateway; fwd=miss; stored")
      #expect(first.headers["cache-control"] == "private, max-age=30")
      let second = try await stage.portal.get(
        "/v1/heat-pumps/smith-home", ["If-None-Match": "\"other\", \(tag)"])
      #expect(second.status == 304)
      #expect(second.text.isEmpty)
      #expect(second.headers["etag"] == tag)
      #expect(second.headers["cache-status"]?.hasPrefix("podero-gateway; hit; ttl=") == true)
      let head = try await stage.portal.send("HEAD", "/v1/heat-pumps/smith-home")
      #expect(head.status == 200 && head.text.isEmpty && head.headers["etag"] == tag)
      _ = try await stage.portal.patch(
        "/v1/heat-pumps/smith-home", ["space_cooling": ["enabled": true]])
      let third = try await stage.portal.get(
        "/v1/heat-pumps/smith-home", ["If-None-Match": tag])
      #expect(third.status == 200)
      #expect(third.headers["etag"] != tag)
    }
  }

  @Test func `fields trims the answer, view shows the upstream's own`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/smith-home"
      let trimmed = try await stage.portal.get(path + "?fields=readings,status")
      #expect(trimmed.json.object?.keys == ["id", "status", "readings"])
      let upstream = try await stage.full.get(path + "?view=upstream")
      #expect(upstream.at("/owner/email")?.string == "customer1@example.com")
      #expect(upstream.at("/optimization_level")?.string == "Mid")
      for key in [TestKey.portal, .personal, .reader] {
        let refused = try await stage.app(key).get(path + "?view=upstream")
        #expect(refused.verdict == "403 forbidden")
      }
    }
  }

  @Test func `statistics and savings are passed on and cached`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/smith-home/statistics?resolution=1DAY&keywords=savings"
      let statistics = try await stage.portal.get(path)
      #expect(statistics.status == 200)
      #expect(statistics.at("/data")?.array != nil)
      #expect(try await stage.portal.get(path).text == statistics.text)
      #expect(stage.simulator.requestCount(.statistics) == 1)
      let savings = try await stage.portal.get(
        stage.path(1) + "/savings?from=2026-01-01&to=2026-03-01&resolution=1MONTH")
      #expect(savings.status == 200)
      #expect(savings.at("/metadata") != nil)
    }
  }

  @Test func `a request's id and trace come back and go on`() async throws {
    try await withStage { stage in
      let named = try await stage.portal.get(
        "/v1/heat-pumps/smith-home", ["X-Request-Id": "order-17"])
      #expect(named.headers["x-request-id"] == "order-17")
      let refused = try await stage.portal.get("/v1/nothing", ["X-Request-Id": "bad id\u{e9}"])
      #expect(refused.problem == "not-found")
      #expect(refused.headers["x-request-id"] != "bad id\u{e9}")
    }
  }

  @Test func `a list of more than a hundred is read page by page`() async throws {
    try await withStage(simulator: {
      $0.users = 2
      $0.heatPumpsPerUser = 130
    }) { stage in
      for path in ["/v1/users/\(PoderoSimulator.userID(1))/heat-pumps", "/v1/heat-pumps"] {
        var ids: [String] = []
        var pages: [Int] = []
        var cursor: String?
        repeat {
          let query = cursor.map { "?cursor=\($0)&fields=id" } ?? "?fields=id"
          let page = try await stage.portal.get(path + query)
          let items = try #require(page.at("/items")?.array)
          ids += items.compactMap { $0["id"]?.string }
          pages.append(items.count)
          cursor = page.at("/next_cursor")?.string
        } while cursor != nil
        #expect(pages == [100, 30])
        #expect(ids == (1...130).map { PoderoSimulator.heatPumpID($0).description })
      }
      let whole = try await stage.portal.get("/v1/heat-pumps?limit=500&fields=id")
      #expect(whole.at("/items")?.array?.count == 130)
      #expect(stage.simulator.requestCount(.list) == 1)
    }
  }
}
