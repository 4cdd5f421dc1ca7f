import GatewayCore
import TestSupport
import Testing

@testable import PoderoSimulator

/// Goal: heat pumps live in their own time, answer to their settings, and are seen only as of
/// their last refresh.
/// Method: simulated time is moved by hand; figures are compared before and after.
@Suite struct LivingHeatPumpTests {
  private func reading(_ bench: Bench, _ name: String) -> ExactDecimal? {
    bench.get(Bench.detail)?.json?[name]?.number
  }

  private func refreshTime(_ bench: Bench) -> Timestamp? {
    bench.get(Bench.detail)?.json?["current_state_last_updated_at"]?.timestamp
  }

  @Test func `the state refreshes every five simulated minutes, each heat pump at its own time`()
    throws
  {
    let bench = Bench()
    let first = try #require(refreshTime(bench))
    #expect(first <= bench.clock.wall)
    #expect(bench.clock.wall - first < .seconds(300))
    _ = bench.core.advance(by: .seconds(300) - (bench.clock.wall - first) - .seconds(1))
    #expect(refreshTime(bench) == first)
    _ = bench.core.advance(by: .seconds(1))
    #expect(refreshTime(bench) == first + .seconds(300))
    let times = bench.get(Bench.list)?.json?.array?.map { $0["current_state_last_updated_at"] }
    #expect(Set(times ?? []).count == 2)
  }

  @Test func `a setting is stored at once and shows in readings after the next refresh`() {
    let bench = Bench()
    let target = reading(bench, "indoor_target_temperature")
    let answer = bench.put(#"{"maximum_temperature_limit":19.0,"minimum_temperature_limit":17}"#)
    #expect(answer?.json?["maximum_temperature_limit"]?.number == ExactDecimal("19.0"))
    #expect(answer?.json?["indoor_target_temperature"]?.number == target)
    _ = bench.core.advance(by: .seconds(300))
    #expect(reading(bench, "indoor_target_temperature") == 19)
  }

  @Test func `a house cools without heating and is kept warm with it`() throws {
    let cold = Bench()
    let warm = Bench()
    #expect(cold.put(#"{"is_space_heating_enabled":false}"#)?.status == 200)
    for bench in [cold, warm] { _ = bench.core.advance(by: .seconds(86400)) }
    let lost = try #require(reading(cold, "indoor_actual_temperature"))
    let kept = try #require(reading(warm, "indoor_actual_temperature"))
    #expect(lost < 17)
    #expect(kept > 20)
    #expect(kept < 24)
  }

  @Test func `a paused machine draws nothing, and the pause ends by itself`() {
    let bench = Bench()
    let body = #"{"is_pause_power_active":true,"pause_power_until":"2026-11-24T16:00:00Z"}"#
    #expect(bench.put(body)?.status == 200)
    _ = bench.core.advance(by: .seconds(5 * 3600))
    #expect(reading(bench, "current_power_consumption_w") == 15)
    #expect(bench.get(Bench.detail)?.json?["operational_mode"] == "off")
    #expect(bench.get(Bench.detail)?.json?["is_pause_power_active"] == true)
    _ = bench.core.advance(by: .seconds(2 * 3600))
    #expect(bench.get(Bench.detail)?.json?["is_pause_power_active"] == false)
    #expect(reading(bench, "current_power_consumption_w") ?? 0 > 100)
  }

  @Test func `away mode lowers room and water within its bounds`() throws {
    let bench = Bench()
    let body = """
      {"is_away_mode_enabled":true,"away_mode_start":"2026-11-24T12:00:00Z",
      "away_mode_end":"2026-11-27T12:00:00Z","away_mode_minimum_temperature_limit":15}
      """
    #expect(bench.put(body)?.status == 200)
    _ = bench.core.advance(by: .seconds(3600))
    #expect(reading(bench, "indoor_target_temperature") ?? 0 > 19)
    _ = bench.core.advance(by: .seconds(2 * 86400))
    #expect(reading(bench, "indoor_target_temperature") == 15)
    #expect(try #require(reading(bench, "indoor_actual_temperature")) < 19)
    _ = bench.core.advance(by: .seconds(3 * 86400))
    #expect(try #require(reading(bench, "indoor_actual_temperature")) > 19)
  }

  @Test func `consumption follows what was used`() throws {
    let bench = Bench()
    #expect(
      bench.put(#"{"is_space_heating_enabled":false,"is_hot_water_heating_enabled":false}"#)?.status
        == 200)
    let before = try #require(reading(bench, "consumption_last_month_kwh"))
    _ = bench.core.advance(by: .seconds(8 * 86400))
    #expect(try #require(reading(bench, "consumption_last_day_kwh")) < 1)
    #expect(try #require(reading(bench, "consumption_last_week_kwh")) < 5)
    #expect(try #require(reading(bench, "consumption_last_month_kwh")) < before)
    let updated = bench.get(Bench.detail)?.json?["consumption_last_updated_at"]
    #expect(updated == "2026-12-02T00:00:00Z")
  }

  @Test func `the same seed gives the same life, however often one looks`() throws {
    let (watched, alone) = (Bench(), Bench())
    for _ in 0..<48 {
      _ = watched.core.advance(by: .seconds(1800))
      #expect(watched.get(Bench.detail)?.status == 200)
    }
    _ = alone.core.advance(by: .seconds(86400))
    #expect(watched.get(Bench.detail)?.body == alone.get(Bench.detail)?.body)
    let other = Bench { $0.seed = 2 }
    _ = other.core.advance(by: .seconds(86400))
    #expect(other.get(Bench.detail)?.body != alone.get(Bench.detail)?.body)
  }

  @Test func `simulated time runs at its factor, also when that changes`() {
    let bench = Bench { $0.timeFactor = 60 }
    func time() -> JSONValue? { bench.core.statistics["simulated_time"] }
    bench.clock.advance(by: .seconds(10))
    #expect(time() == "2026-11-24T10:10:00Z")
    _ = bench.send(.post, "/control/settings", body: #"{"time_factor":1}"#)
    bench.clock.advance(by: .seconds(10))
    #expect(time() == "2026-11-24T10:10:10Z")
  }

  @Test func `a change from outside shows at once, or with the next refresh`() {
    let bench = Bench()
    let target = "/control/heat-pumps/\(Bench.heatPump)"
    let now = #"{"connection_status":"error","actions":[{"code":"reauthenticate"}]}"#
    #expect(bench.send(.post, target, body: now)?.status == 200)
    let shown = bench.get(Bench.detail)?.json
    #expect(shown?["connection_status"] == "error")
    #expect(shown?["action_needed"] == true)
    #expect(shown?["actions"] == [["code": "reauthenticate"]])
    let later = target + "?visible=next-refresh"
    #expect(bench.send(.post, later, body: #"{"comment":"app"}"#)?.status == 200)
    #expect(bench.get(Bench.detail)?.json?["comment"] == "Plant room 1")
    _ = bench.core.advance(by: .seconds(300))
    #expect(bench.get(Bench.detail)?.json?["comment"] == "app")
  }
}
