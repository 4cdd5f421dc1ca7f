import GatewayCore
import HeatPumps
import PoderoSimulator
import TestSupport
import Testing

/// Goal: every update field of the upstream can be written through the gateway and read back.
/// Method: one patch each over real HTTP; the table of fields says which there are.
@Suite struct AllFieldsTests {
  /// Pointer and new value; each differs from what the simulator begins with.
  private static func values(now: Timestamp) -> [(pointer: String, value: JSONValue)] {
    func time(_ hours: Int) -> JSONValue {
      let start = now.microseconds / 1_000_000 * 1_000_000
      return .string((Timestamp(microseconds: start) + .seconds(3600 * hours)).description)
    }
    let building = "c0000000-0000-4000-8000-0000000000aa"
    return [
      ("/optimization/enabled", false), ("/optimization/level", "max"),
      ("/optimization/score", decimal("71.25")), ("/pause/until", time(2)),
      ("/pause/active", true), ("/away/enabled", true), ("/away/start", time(24)),
      ("/away/end", time(96)), ("/away/minimum_temperature", decimal("15.50")),
      ("/space_heating/enabled", false), ("/space_heating/minimum_temperature", decimal("19.25")),
      ("/space_heating/maximum_temperature", decimal("23.75")),
      ("/space_heating/target_offset", decimal("-1.50")), ("/space_cooling/enabled", true),
      ("/pool_heating/enabled", true), ("/hot_water/enabled", false),
      ("/hot_water/standard_temperature", decimal("52.50")),
      ("/hot_water/minimum_temperature", 45), ("/heating_policy/enabled", false),
      ("/heating_policy/name", "Winter \u{2744}\u{fe0f} \"quoted\""),
      ("/inverter/forced_mode_enabled", true), ("/market/price_zone", "DE_LU"),
      ("/market/trading_enabled", false), ("/comment", "Line one\nline two, Größe 2"),
      ("/building_id", .string(building)), ("/device/model", "Aero 99"),
      ("/lifecycle/state", "paused"), ("/lifecycle/error", "tested"),
      ("/status/steering_state", "manual"), ("/status/last_monitored_at", time(-1)),
    ]
  }

  @Test func `31 of 31 fields are written alone and read back`() async throws {
    try await withStage(simulator: { $0.timeFactor = 0 }, gateway: { $0.setTinyCache() }) { stage in
      let values = Self.values(now: stage.simulator.simulatedTime)
      var written: Set<String> = []
      for (pointer, value) in values {
        let field = try #require(FieldTable.field(pointer: pointer)?.updateField)
        let answer = try await stage.full.patch(stage.path(1), patch(pointer, value))
        #expect(answer.status == 200, "\(pointer): \(answer.text)")
        #expect(answer.at("/write/status")?.string == "applied", "\(pointer)")
        #expect(answer.at(pointer) == value, "\(pointer)")
        #expect(stage.lastUpdate(1)?.keys == [field], "\(pointer)")
        written.insert(field)
      }
      let read = try await stage.full.get(stage.path(1))
      for (pointer, value) in values { #expect(read.at(pointer) == value, "\(pointer)") }

      let time = "2026-01-02T03:04:05Z"
      let gone = try await stage.full.patch(
        stage.path(2), patch("/lifecycle/deleted_at", .string(time)))
      #expect(gone.status == 200)
      #expect(gone.at("/lifecycle/deleted_at")?.string == time)
      #expect(stage.lastUpdate(2)?.keys == ["deleted_at"])
      #expect(try await stage.full.get(stage.path(2)).verdict == "404 not-found")
      written.insert("deleted_at")

      #expect(written == Set(FieldTable.updateFields))
      #expect(written.count == 31)
      #expect(stage.updateCount == 31)
      #expect(stage.simulator.updates().allSatisfy { $0.applied })
    }
  }

  @Test func `every writable field of the device goes up in the whole device model`() async throws {
    let values: [(String, JSONValue)] = [
      ("/device/manufacturer", "Südwind"), ("/device/model", "M 1"), ("/device/year", 2031),
      ("/device/type/short_name", "GW"), ("/device/type/long_name", "Ground water"),
      ("/device/cloud_service_id", "d0000000-0000-4000-8000-0000000000bb"),
    ]
    #expect(
      Set(values.map(\.0)) == Set(FieldTable.fields(updateField: "device_model").map(\.pointer)))
    try await withStage { stage in
      var expected = try #require(stage.truth(1)["device_model"]?.object)
      for (pointer, value) in values {
        let answer = try await stage.full.patch(stage.path(1), patch(pointer, value))
        #expect(answer.at("/write/status")?.string == "applied", "\(answer.text)")
        let sent = try #require(stage.lastUpdate(1))
        #expect(sent.keys == ["device_model"])
        #expect(
          Set(sent["device_model"]?.object?.keys ?? [])
            == ["manufacturer", "model", "year", "device_type", "cloud_service_id"])
        change(&expected, pointer, value)
        #expect(stage.truth(1)["device_model"]?.object == expected, "\(pointer)")
      }
    }
  }

  @Test func `decimals keep their digits both ways, as numbers and as text`() async throws {
    try await withStage(simulator: { $0.decimals = .strings }) { stage in
      for text in ["52.50", "48.000", "50", "51.123456789012345"] {
        let answer = try await stage.portal.patch(
          stage.path(1), patch("/hot_water/standard_temperature", decimal(text)))
        #expect(answer.status == 200)
        #expect(stage.simulator.updates().last?.text == #"{"dhw_standard_temperature":\#(text)}"#)
        #expect(answer.text.contains(#""standard_temperature":\#(text)"#), "\(text)")
        #expect(answer.at("/write/status")?.string == "applied")
      }
    }
  }

  private func change(_ model: inout JSONObject, _ pointer: String, _ value: JSONValue) {
    let name = String(pointer.split(separator: "/").last ?? "")
    if pointer.hasPrefix("/device/type/") {
      var type = model["device_type"]?.object ?? JSONObject()
      type[name] = value
      model["device_type"] = .object(type)
    } else {
      model[name == "cloud_service_id" ? "cloud_service" : name] = value
    }
  }
}

/// A merge patch of one field.
func patch(_ pointer: String, _ value: JSONValue) -> JSONValue {
  pointer.split(separator: "/").reversed().reduce(value) { inner, name in
    var object = JSONObject()
    object[String(name)] = inner
    return .object(object)
  }
}
