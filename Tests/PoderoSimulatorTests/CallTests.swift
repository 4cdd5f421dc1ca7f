import GatewayCore
import Testing

@testable import PoderoSimulator

/// Goal: each read call answers in the shape that the upstream's clients know.
/// Method: requests to the core; answers are compared with the reference's field names.
@Suite struct CallTests {
  @Test func `the schema has 65 answer fields and 31 update fields`() {
    #expect(AnswerField.names.count == 65)
    #expect(AnswerField.allCases.count == 65)
    #expect(UpdateField.all.count == 31)
    #expect(Set(UpdateField.all.map(\.answer)).count == 31)
    #expect(UpdateField.priceZones.count == 21)
  }

  @Test func `the users are listed with their roles`() {
    let users = Bench().get(Bench.base)?.json?.array
    #expect(users?.count == 3)
    #expect(users?.first?["id"] == .id(Bench.user))
    #expect(
      users?.first?.object?.keys == [
        "id", "email", "first_name", "last_name", "role", "external_id",
      ])
  }

  @Test func `the list is a plain array without actions`() throws {
    let list = try #require(Bench().get(Bench.list)?.json?.array)
    #expect(list.count == 2)
    let keys = try #require(list.first?.object?.keys)
    #expect(keys == AnswerField.names + ["is_forecasting_enabled"])
    #expect(list.first?["owner"]?["id"] == .id(Bench.user))
    #expect(list.first?["inverter_forced_mode_since"] == "0001-01-01T00:00:00Z")
  }

  @Test func `the detail shows actions, the update's answer does not`() {
    let bench = Bench()
    #expect(bench.get(Bench.detail)?.json?.object?.keys == AnswerField.names + ["actions"])
    #expect(bench.put("{}")?.json?.object?.keys == AnswerField.names)
  }

  @Test(arguments: [
    "/api/partners/v2.0/org/00000000-0000-4000-8000-000000000000/users",
    "\(Bench.base)/a0000000-0000-4000-8000-000000000009/heat-pumps",
    "\(Bench.list)/b0000000-0000-4000-8000-000000000099",
    // Another user's heat pump.
    "\(Bench.list)/b0000000-0000-4000-8000-000000000003",
    "\(Bench.list)/b0000000-0000-4000-8000-000000000003/statistics",
  ])
  func `what does not exist is not found`(target: String) {
    let answer = Bench().get(target)
    #expect(answer?.status == 404)
    #expect(answer?.json == ["detail": "Not Found"])
  }

  @Test func `a malformed id is a validation error, a wrong method is told`() {
    let bench = Bench()
    let answer = bench.get("\(Bench.list)/nonsense")
    #expect(answer?.status == 422)
    #expect(answer?.json?.at(pointer: "/detail/0/loc") == ["path", "heat_pump_id"])
    let wrong = bench.send(.patch, Bench.detail)
    #expect(wrong?.status == 405)
    #expect(wrong?["Allow"] == "GET, PUT")
    #expect(bench.get("/api/elsewhere")?["Content-Type"] == "text/html")
  }

  @Test func `a deleted heat pump vanishes unless asked for`() {
    let bench = Bench()
    #expect(bench.put(#"{"deleted_at":"2026-11-24T09:00:00Z"}"#)?.status == 200)
    #expect(bench.get(Bench.list)?.json?.array?.count == 1)
    #expect(bench.get(Bench.detail)?.status == 404)
    #expect(bench.put("{}")?.status == 404)
    let shown = bench.get("\(Bench.detail)?include_deleted=true")?.json
    #expect(shown?["deleted_at"] == "2026-11-24T09:00:00Z")
    #expect(bench.get("\(Bench.list)?include_deleted=true")?.json?.array?.count == 2)
  }

  @Test func `statistics hold one period for each resolution`() {
    let query = "resolution=1DAY,1WEEK,1MONTH&keywords=savings%2Cconsumption"
    let answer = Bench().get("\(Bench.detail)/statistics?\(query)")?.json
    #expect(answer?["metadata"]?.object?.keys == ["requested_at", "query", "units", "error"])
    #expect(answer?["data"]?.array?.count == 3)
    #expect(
      answer?.at(pointer: "/data/1/period") == [
        "start_period": "2026-11-23T00:00:00Z", "end_period": "2026-11-30T00:00:00Z",
      ])
    #expect(answer?.at(pointer: "/data/2/consumption/total")?.number ?? 0 > 100)
    #expect(answer?.at(pointer: "/data/0/heat_pump/estimated_consumption_wh")?.integer != nil)
    let trimmed = Bench().get("\(Bench.detail)/statistics?keywords=savings")?.json
    #expect(trimmed?.at(pointer: "/data/0/consumption") == nil)
    #expect(trimmed?.at(pointer: "/data/0/savings/percentage") != nil)
  }

  @Test func `savings hold the periods of a range`() {
    let target = "\(Bench.detail)/savings?from=2025-11-15&to=2026-02-01&resolution="
    let starts = Bench().get(target + "1MONTH")?.json?["data"]?.array?.compactMap {
      $0["period"]?["start_period"]?.string?.prefix(7)
    }
    #expect(starts == ["2025-11", "2025-12", "2026-01", "2026-02"])
    #expect(Bench().get(target + "1QUARTER")?.json?["data"]?.array?.count == 2)
    #expect(Bench().get(target + "1YEAR")?.json?["data"]?.array?.count == 2)
    let wrong = Bench().get("\(Bench.detail)/savings?to=x&resolution=2DAYS")
    #expect(wrong?.status == 422)
    let locations = wrong?.json?["detail"]?.array?.compactMap { $0["loc"]?[1]?.string }
    #expect(locations == ["resolution", "from", "to"])
  }

  @Test func `ten thousand heat pumps are there and differ`() {
    let bench = Bench {
      $0.users = 100
      $0.heatPumpsPerUser = 100
    }
    let last = Estate.id(.heatPump, 10_000)
    let target = "\(Bench.base)/\(Estate.id(.user, 100))/heat-pumps/\(last)"
    let far = bench.get(target)?.json
    #expect(far?["id"] == .id(last))
    #expect(far?["outdoor_temperature"] != bench.get(Bench.detail)?.json?["outdoor_temperature"])
    var settings = SimulatorSettings()
    settings.users = 10_001
    settings.heatPumpsPerUser = 1
    #expect(settings.problem != nil)
  }
}
