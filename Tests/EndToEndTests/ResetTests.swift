import GatewayCore
import HeatPumps
import PoderoSimulator
import Testing

/// Goal: an upstream that fills in its schema's defaults switches nobody's heating off.
/// Method: the simulator's put mode `defaults`; its true state before and after is compared.
@Suite struct ResetTests {
  // Time stands still in these tests, so that no time of change differs.
  private static let named = ["dhw_standard_temperature"]

  @Test func `merge mode changes nothing but what was named`() async throws {
    try await withDefaultsUpstream(["write_mode": "merge"]) { stage in
      let before = stage.truth(1)
      let answer = try await stage.portal.patch(
        stage.path(1), patch("/hot_water/standard_temperature", decimal("52.50")))
      #expect(answer.status == 200)
      #expect(answer.at("/write/status")?.string == "applied")
      #expect(answer.at("/write/upstream_reset") == nil)
      #expect(differences(before, stage.truth(1)) == Self.named)
      #expect(Set(stage.lastUpdate(1)?.keys ?? []) == Set(FieldTable.updateFields))
      let personal = try await stage.portal.patch(
        stage.path(1) + "?dry_run=true", patch("/pause/active", true))
      #expect(personal.status == 200)
      #expect(!personal.text.contains("Plant room"))
    }
  }

  @Test func `a reset is told, undone, and the organisation turns to merge`() async throws {
    try await withDefaultsUpstream([:]) { stage in
      let before = stage.truth(1)
      let answer = try await stage.portal.patch(
        stage.path(1), patch("/hot_water/standard_temperature", decimal("52.50")))
      #expect(answer.status == 200)
      #expect(answer.at("/write/status")?.string == "applied")
      #expect(answer.at("/write/upstream_reset/restored")?.bool == true)
      let pointers = answer.at("/write/upstream_reset/pointers")?.array?.compactMap(\.string) ?? []
      for pointer in [
        "/space_heating/enabled", "/away/enabled", "/hot_water/enabled", "/optimization/enabled",
        "/comment", "/heating_policy/name", "/space_heating/maximum_temperature",
      ] { #expect(pointers.contains(pointer), "\(pointer)") }
      #expect(answer.at("/space_heating/enabled")?.bool == true)
      #expect(answer.at("/away/enabled")?.bool == false)
      // When something was last changed is the upstream's own, and it was changed twice.
      let changed = differences(before, stage.truth(1)).filter { !$0.hasSuffix("_updated_at") }
      #expect(changed == Self.named)
      #expect(try await writeMode(stage) == "merge")
      #expect(
        try await stage.metric(#"upstream_reset_fields_total{organisation="acme"}"#) ?? 0 > 0)
      try await stage.gateway.waitForLine("of the reset") {
        $0["level"]?.string == "error" && $0["pointers"]?.string?.contains("/away/enabled") == true
      }
      let next = try await stage.portal.patch(stage.path(1), patch("/space_cooling/enabled", true))
      #expect(next.at("/write/upstream_reset") == nil)
      #expect(Set(stage.lastUpdate(1)?.keys ?? []) == Set(FieldTable.updateFields))

      let set = try await stage.operator.post(
        "/admin/organisations/acme/write-mode", ["write_mode": "sparse"])
      #expect(set.status == 200)
      #expect(try await writeMode(stage) == "sparse")
      stage.simulator.setPutMode(.sparse)
      _ = try await stage.portal.patch(stage.path(1), patch("/space_cooling/enabled", false))
      #expect(stage.lastUpdate(1)?.keys == ["is_space_cooling_enabled"])
    }
  }

  @Test func `report only reports`() async throws {
    try await withDefaultsUpstream(["on_reset": "report"]) { stage in
      let answer = try await stage.portal.patch(
        stage.path(1), patch("/hot_water/standard_temperature", 51))
      #expect(answer.status == 200)
      #expect(answer.at("/write/upstream_reset/restored")?.bool == false)
      #expect(answer.at("/space_heating/enabled")?.bool == false)
      #expect(stage.updateCount == 1)
      #expect(try await writeMode(stage) == "sparse")
    }
  }

  private func withDefaultsUpstream(
    _ settings: [String: JSONValue], _ body: @Sendable (Stage) async throws -> Void
  ) async throws {
    try await withStage(
      simulator: {
        $0.putMode = .defaults
        $0.timeFactor = 0
      },
      gateway: { setup in
        for (name, value) in settings { setup.organisation[name] = value }
      }, body)
  }

  private func writeMode(_ stage: Stage) async throws -> String? {
    let status = try await stage.operator.get("/admin/status")
    return status.at("/organisations/0/write_mode")?.string
  }
}

/// The names of the members that differ, in alphabetical order.
func differences(_ left: JSONObject, _ right: JSONObject) -> [String] {
  Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.sorted()
}
