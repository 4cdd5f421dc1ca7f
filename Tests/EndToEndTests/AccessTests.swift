import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: nobody gets more than a key allows, and nobody learns what is hidden from it.
/// Method: keys of several apps over real HTTP; answers are compared byte by byte.
@Suite struct AccessTests {
  @Test func `a key is good in one place, once, and before its end`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/smith-home"
      let nobody = stage.app(nil)
      let good = TestKey.portal.key
      #expect(try await nobody.get(path, ["X-API-Key": good]).status == 200)
      #expect(try await nobody.get(path, ["Authorization": "bearer \(good)"]).status == 200)
      for headers in [
        [:], ["X-API-Key": "pgw_test-wrong"], ["X-API-Key": TestKey.expired.key],
        ["Authorization": "Basic \(good)"], ["Authorization": good], ["Authorization": "Bearer "],
        ["Authorization": "Bearer \(good)", "X-API-Key": good],
        ["X-API-Key": TestKey.operator.key],
      ] {
        let refused = try await nobody.get(path, headers)
        #expect(refused.verdict == "401 unauthenticated", "\(headers.keys.sorted())")
        #expect(refused.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
      }
      #expect(stage.simulator.requestCount(.detail) == 1)
    }
  }

  @Test func `what may not be seen answers as what does not exist`() async throws {
    try await withStage { stage in
      let narrow = stage.app(.narrow)
      #expect(try await narrow.get(stage.path(1)).status == 200)
      _ = try await stage.full.get(stage.path(2))
      _ = try await stage.full.get(stage.path(3))
      let missing = try await narrow.get(stage.path(99, of: 1))
      #expect(missing.verdict == "404 not-found")
      let hidden = [
        stage.path(2), stage.path(3), stage.path(1, of: 2), stage.path(99, of: 99),
        "/v1/heat-pumps/\(PoderoSimulator.heatPumpID(2))", "/v1/heat-pumps/other-home",
        "/v1/heat-pumps/\(PoderoSimulator.heatPumpID(99))",
      ]
      for path in hidden {
        #expect(try await withoutID(narrow.get(path)) == withoutID(missing), "\(path)")
        let patched = try await narrow.patch(path, ["pause": ["active": true]])
        #expect(withoutID(patched) == withoutID(missing), "\(path)")
      }
      // Asked of the upstream, since this app may see everything.
      let upstream = try await stage.portal.get(stage.path(99, of: 1))
      #expect(withoutID(upstream) == withoutID(missing))
      let foreign = try await stage.portal.get(stage.path(1, of: 2))
      #expect(withoutID(foreign) == withoutID(missing))
      #expect(stage.updateCount == 0)
      let list = try await narrow.get("/v1/users/\(PoderoSimulator.userID(1))/heat-pumps")
      #expect(list.at("/items")?.array?.count == 1)
      let foreignList = try await narrow.get("/v1/users/\(PoderoSimulator.userID(2))/heat-pumps")
      #expect(foreignList.verdict == "404 not-found")
      let all = try await narrow.get("/v1/heat-pumps?limit=500")
      #expect(all.at("/items")?.array?.count == 1)
    }
  }

  @Test func `personal data is shown with its scope only`() async throws {
    try await withStage(gateway: { $0.setTinyCache() }) { stage in
      let action: JSONValue = [
        "code": "reauthenticate", "resolution_link": "https://resolve.example.com/secret-path",
      ]
      var change = JSONObject()
      change["actions"] = [action]
      stage.simulator.changeHeatPump(PoderoSimulator.heatPumpID(1), change)
      let marks = [
        "customer1@example.com", "CRM-1001", "Plant room", "embed.example.com",
        "auth.example.com", "cloud.example.com", "resolve.example.com",
      ]
      let path = "/v1/heat-pumps/smith-home"
      let shown = try await stage.app(.personal).get(path)
      for mark in marks { #expect(shown.text.contains(mark), "\(mark)") }
      let portal = stage.portal
      let user = PoderoSimulator.userID(1)
      let answers = [
        try await portal.get(path),
        try await portal.get(path + "?fields=status,owner,comment,links"),
        try await portal.get(stage.path(1)), try await portal.get("/v1/users/\(user)/heat-pumps"),
        try await portal.get("/v1/heat-pumps"),
        try await portal.patch(path, ["space_cooling": ["enabled": true]]),
        try await portal.patch(path + "?dry_run=true", ["space_cooling": ["enabled": true]]),
        try await portal.post(path + "/commands/resume"),
      ]
      for answer in answers {
        #expect(answer.status == 200)
        for mark in marks { #expect(!answer.text.contains(mark), "\(mark)") }
      }
      #expect(answers[0].at("/status/actions/0/code")?.string == "reauthenticate")
    }
  }

  @Test func `scopes say what may be written`() async throws {
    try await withStage { stage in
      let path = "/v1/heat-pumps/smith-home"
      let reader = try await stage.app(.reader).patch(path, ["pause": ["active": true]])
      #expect(reader.verdict == "403 forbidden")
      let command = try await stage.app(.reader).post(path + "/commands/resume")
      #expect(command.verdict == "403 forbidden")
      // Scope before content: the unknown field is told of, but the status is about the scope.
      let portal = try await stage.portal.patch(
        path, ["lifecycle": ["state": "x"], "device": ["model": "y"], "nonsense": 1])
      #expect(portal.verdict == "403 forbidden")
      #expect(
        Set(portal.at("/errors")?.array?.compactMap { $0["pointer"]?.string } ?? [])
          == ["/lifecycle/state", "/device/model", "/nonsense"])
      #expect(stage.updateCount == 0)
    }
  }

  @Test func `what an app may write is narrowed by field and range`() async throws {
    try await withStage(gateway: { setup in
      setup.more["apps"] = [
        [
          "name": "thermostat", "organisation": "acme",
          "keys": [["sha256": .string(TestKey.portal.sha256)]],
          "scopes": ["heat-pumps:read", "heat-pumps:write"], "users": ["*"], "heat_pumps": ["*"],
          "may_write": ["/hot_water/standard_temperature": ["minimum": 45, "maximum": 55]],
          "rate": ["requests_per_second": decimal("0.01"), "burst": 4],
        ]
      ]
    }) { stage in
      let path = "/v1/heat-pumps/smith-home"
      func patch(_ body: JSONValue) async throws -> Answer {
        try await stage.portal.patch(path, body)
      }
      let hot = try await patch(["hot_water": ["standard_temperature": 56]])
      #expect(hot.verdict == "403 forbidden")
      #expect(hot.at("/errors/0/code")?.string == "forbidden_value")
      let other = try await patch(["pause": ["active": false]])
      #expect(other.verdict == "403 forbidden")
      #expect(other.at("/errors/0/code")?.string == "forbidden_field")
      #expect(try await patch(["hot_water": ["standard_temperature": 50]]).status == 200)
      #expect(stage.updateCount == 1)
      _ = try await stage.portal.get(path)
      let limited = try await stage.portal.get(path)
      #expect(limited.verdict == "429 rate-limited")
      #expect(limited.headers["retry-after"].flatMap { Int($0) } ?? 0 > 1)
    }
  }

  // What no two requests share is taken out; all other bytes count.
  private func withoutID(_ answer: Answer) -> String {
    let id = answer.headers["x-request-id"] ?? "-"
    let lines = answer.raw.replacing(id, with: "ID").split(separator: "\r\n")
    return lines.filter { !$0.hasPrefix("Date:") }.joined(separator: "\n")
  }
}
