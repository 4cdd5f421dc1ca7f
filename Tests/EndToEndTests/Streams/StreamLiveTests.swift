import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: what happens to a heat pump comes over a stream, whoever did it, because somebody listens.
/// Method: the real gateway before a simulator whose heat pump is changed behind its back.
@Suite struct StreamLiveTests {
  @Test func `a change is told to those who listen, without anybody asking`() async throws {
    try await withStage(gateway: { setup in
      setup.organisation["polling"] = ["interval": "PT10S"]
      setup.scopes = ["portal": ["events:read"]]
    }) { stage in
      let stream = try await StreamClient.open(
        stage, .portal, query: "?event_types=heat_pump.settings_changed&heat_pumps=smith-home")
      #expect(try await stream.next()?.id == 0)
      // From now on it is known how things are.
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
      var change = JSONObject()
      change["is_away_mode_enabled"] = true
      stage.simulator.changeHeatPump(PoderoSimulator.heatPumpID(1), change)
      let outside = try #require(try await stream.event())
      #expect(outside.event == "heat_pump.settings_changed")
      #expect(outside.data?.at(pointer: "/data/cause") == "outside")
      #expect(outside.data?.at(pointer: "/data/changes/0/pointer") == "/away/enabled")
      let answer = try await stage.portal.patch(
        stage.path(1), ["hot_water": ["standard_temperature": decimal("52.5")]])
      #expect(answer.status == 200)
      let own = try #require(try await stream.event())
      #expect(own.data?.at(pointer: "/data/cause") == "app")
      #expect(own.data?.at(pointer: "/data/changes/0/to") == decimal("52.5"))
      let feed = try await stage.portal.get(
        "/v1/events?event_types=heat_pump.settings_changed&heat_pumps=smith-home")
      #expect(feed.at("/items")?.array == [outside.data, own.data].compactMap(\.self))
    }
  }
}
