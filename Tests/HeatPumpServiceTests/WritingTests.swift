import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache
import TestSupport
import Testing

/// Goal: an update carries just what it should, and its answer is compared with what was asked for.
/// Method: writes against a partner API that applies, ignores or refuses them.
@Suite struct WritingTests {
  private let fixture = OrganisationFixture()

  @Test func `a sparse update names just the given fields`() async throws {
    let result = try await fixture.write(#"{"pause":{"until":null},"comment":"hello"}"#)
    #expect(fixture.upstream.updates == [["pause_power_until": nil, "comment": "hello"]])
    #expect(result.unapplied == [])
    #expect(result.reset == nil)
    #expect(result.entry.value("/comment") == "hello")
    #expect(fixture.service.figures.writesApplied == 1)
    // The memory has the confirmed state at once.
    #expect(try await fixture.read().value.value("/comment") == "hello")
    #expect(fixture.upstream.log.count == 2)
  }

  @Test func `the present state is read before, unless the memory's is fresh`() async throws {
    _ = try await fixture.read()
    fixture.advance(29)
    _ = try await fixture.write(#"{"comment":"a"}"#)
    #expect(methods == ["GET", "PUT"])
    fixture.advance(30)
    _ = try await fixture.write(#"{"comment":"b"}"#)
    #expect(methods == ["GET", "PUT", "GET", "PUT"])
  }

  @Test func `a merged update names all fields and reads them in the same slot`() async throws {
    let fixture = OrganisationFixture(configure: { $0.writeMode = .merge })
    _ = try await fixture.read()
    _ = try await fixture.write(#"{"comment":"hello"}"#)
    let update = try #require(fixture.upstream.updates.first)
    #expect(update["comment"] == "hello")
    #expect(update["price_zone"] == "AT_HOURLY")
    #expect(update["is_space_heating_enabled"] == true)
    #expect(fixture.upstream.log.count == 3)
  }

  @Test func `rules with values that are not named are checked before sending`() async throws {
    let fault = try await fixture.writeFault(#"{"space_heating":{"minimum_temperature":24}}"#)
    #expect(fault.type == .invalidPatch)
    #expect(fixture.upstream.updates == [])
  }

  @Test func `what the upstream did not take is named`() async throws {
    fixture.upstream.setBehaviour(.ignores(["comment"]))
    let result = try await fixture.write(#"{"comment":"hello","pause":{"active":true}}"#)
    #expect(result.unapplied.map(\.field.pointer) == ["/comment"])
    #expect(result.unapplied.map(\.actual) == [.null])
    #expect(fixture.service.figures.writesUnapplied == 1)
  }

  @Test func `a refusal is translated to pointers, and nothing is remembered`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(
      .json(
        [
          "detail": [["type": "string_too_long", "loc": ["body", "data", "comment"], "msg": "no"]]
        ],
        status: 422))
    let fault = try await fixture.writeFault(#"{"comment":"hello"}"#)
    #expect(fault.type == .upstreamRejected)
    #expect(fault.errors.map(\.pointer) == ["/comment"])
    #expect(fault.errors.map(\.code) == ["string_too_long"])
    #expect(fixture.cached()?.pending == [])
    #expect(fixture.service.figures.writesFailed == 1)
  }

  @Test func `an update of what is gone forgets it`() async throws {
    _ = try await fixture.read()
    fixture.upstream.remove(cellar.id)
    #expect(try await fixture.writeFault(#"{"comment":"x"}"#).type == .notFound)
    #expect(fixture.cached() == nil)
  }

  @Test func `the wrong owner's update is not sent`() async throws {
    let wrong = HeatPumpAddress(user: peter, id: cellar.id)
    _ = try await fixture.read()
    #expect(try await fixture.writeFault(#"{"comment":"x"}"#, wrong).type == .notFound)
    #expect(fixture.upstream.updates == [])
    #expect(fixture.cached()?.identity.userID == jana)
  }

  @Test func `a read that overlaps the write doesn't bring the old state back`() async throws {
    _ = try await fixture.read()
    fixture.advance(31)
    fixture.upstream.transport.append(.hold)
    _ = try await fixture.read()
    await fixture.upstream.transport.waitForRequests(2)
    let old = fixture.upstream.detail(cellar.id)
    fixture.advance(1)
    _ = try await fixture.write(#"{"comment":"new"}"#)
    fixture.advance(1)
    fixture.upstream.transport.release(old)
    await turnsTrue("the late answer is in") { fixture.flights == 0 }
    #expect(fixture.cached()?.value("/comment") == "new")
  }

  private var methods: [String] {
    fixture.upstream.log.map { String($0.prefix(3)) }
  }
}

/// Goal: nobody's heating stays off because an upstream filled in a default.
/// Method: an upstream that sets unnamed fields to their schema's defaults.
@Suite struct ResetTests {
  @Test func `reset fields are put back at once, and whole bodies sent from then on`() async throws
  {
    let fixture = OrganisationFixture()
    fixture.upstream.setBehaviour(.fillsDefaults)
    let result = try await fixture.write(#"{"comment":"hello"}"#)
    let reset = try #require(result.reset)
    #expect(
      Set(reset.pointers) == ["/space_heating/enabled", "/market/price_zone", "/away/enabled"])
    #expect(reset.restored)
    #expect(result.entry.value("/space_heating/enabled") == true)
    #expect(result.entry.value("/market/price_zone") == "AT_HOURLY")
    #expect(result.entry.value("/away/enabled") == false)
    #expect(result.entry.value("/comment") == "hello")
    #expect(fixture.service.writeMode == .merge)
    #expect(fixture.service.figures.fieldsReset == 3)
    let second = try await fixture.write(#"{"comment":"again"}"#)
    #expect(second.reset == nil)
    #expect(fixture.upstream.updates.count == 3)
    #expect(fixture.log.text.contains("reset fields that nobody named"))
  }

  @Test func `with report they are only named`() async throws {
    let fixture = OrganisationFixture(configure: { $0.onReset = .report })
    fixture.upstream.setBehaviour(.fillsDefaults)
    let reset = try #require(try await fixture.write(#"{"comment":"hello"}"#).reset)
    #expect(!reset.restored)
    #expect(reset.pointers.count == 3)
    #expect(fixture.service.writeMode == .sparse)
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `what could not be put back is said, and the write succeeds`() async throws {
    let fixture = OrganisationFixture()
    _ = try await fixture.read()
    fixture.upstream.setBehaviour(.fillsDefaults)
    fixture.upstream.transport.append(.hold, .status(400))
    async let result = fixture.write(#"{"comment":"hello"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    let update = fixture.upstream.transport.requests[1]
    fixture.upstream.transport.release(fixture.upstream.carryOut(update))
    let reset = try #require(try await result.reset)
    #expect(!reset.restored)
    #expect(try await result.entry.value("/space_heating/enabled") == false)
    #expect(fixture.log.text.contains("could not be put back"))
  }

  @Test func `a pause that ran out meanwhile is no reset`() async throws {
    let fixture = OrganisationFixture()
    fixture.upstream.change(
      cellar.id, ["is_pause_power_active": true, "pause_power_until": "2026-11-24T10:00:10Z"])
    _ = try await fixture.read()
    fixture.advance(20)
    fixture.upstream.change(
      cellar.id,
      [
        "is_pause_power_active": false, "pause_power_until": nil,
        "updated_at": "2026-11-24T10:00:20Z",
      ])
    #expect(try await fixture.write(#"{"comment":"hello"}"#).reset == nil)
  }
}
