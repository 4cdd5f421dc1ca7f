import GatewayCore
import HeatPumps
import TestSupport
import Testing

@testable import ResponseCache

let owner = ResourceID(high: 1, low: 1)
let pump = ResourceID(high: 2, low: 2)
let pumpKey = HeatPumpKey(organisation: 0, id: pump)

/// A cached heat pump with these further members in the upstream's answer.
func entry(
  _ members: String = "", at seconds: Int64 = 0, of user: ResourceID = owner,
  pending: [PendingValue] = []
) throws -> CachedHeatPump {
  let text = #"{"id":"\#(pump)","owner":{"email":"jana@example.org"}\#(members)}"#
  return CachedHeatPump(
    document: try HeatPumpDocument(parsing: Array(text.utf8)),
    identity: HeatPumpIdentity(organisation: "north", alias: "smith-home", userID: user),
    fetchedAt: MonotonicInstant(nanoseconds: seconds * 1_000_000_000), pending: pending)
}

/// Goal: representations are made once, and made anew when they would say something else.
/// Method: the same entry asked again after time, health or reader changed.
@Suite struct CachedHeatPumpTests {
  private let clock = ManualClock()
  private let policy = CachePolicy()

  private func hit(
    _ entry: CachedHeatPump, personal: Bool = false, health: UpstreamHealth = .ok
  ) -> (representation: Representation, response: SharedResponse) {
    entry.hit(
      includesPersonalData: personal, health: health, now: clock.monotonic, wall: clock.wall,
      policy: policy)
  }

  private func body(_ representation: Representation) throws -> JSONValue {
    try JSONValue(parsing: representation.body)
  }

  @Test func `hits within one second share one response`() throws {
    let entry = try entry(at: 1)
    let first = hit(entry)
    clock.advance(by: .milliseconds(999))
    #expect(hit(entry).response === first.response)
    clock.advance(by: .milliseconds(1))
    let second = hit(entry)
    #expect(second.response !== first.response)
    #expect(second.response.response["Age"] == "1")
    #expect(second.response.response["Cache-Status"] == "podero-gateway; hit; ttl=29")
    #expect(second.representation == first.representation)
    #expect(first.response.response["ETag"] == first.representation.etag.description)
  }

  @Test func `readers with and without personal data have their own`() throws {
    let entry = try entry()
    let (reduced, full) = (hit(entry), hit(entry, personal: true))
    #expect(try body(reduced.representation)["owner"] == nil)
    #expect(try body(full.representation).at(pointer: "/owner/email") == "jana@example.org")
    #expect(reduced.representation.etag.settings == full.representation.etag.settings)
    #expect(reduced.representation.etag != full.representation.etag)
    #expect(hit(entry).response === reduced.response)
    #expect(hit(entry, personal: true).response === full.response)
  }

  @Test func `the state of freshness moves with time`() throws {
    let entry = try entry(#","current_state_last_updated_at":"2026-11-24T10:00:00Z""#)
    let states = try [0, 1199, 1, 2399, 1].map { seconds in
      clock.advance(by: .seconds(seconds))
      return try body(hit(entry).representation).at(pointer: "/freshness/state")
    }
    #expect(states == ["live", "live", "ageing", "ageing", "stale"])
  }

  @Test func `the upstream's health shows at once`() throws {
    let entry = try entry()
    let before = hit(entry)
    let during = hit(entry, health: .down)
    #expect(try body(during.representation).at(pointer: "/freshness/upstream") == "down")
    #expect(during.representation.etag != before.representation.etag)
    #expect(during.representation.etag.settings == before.representation.etag.settings)
    #expect(try body(hit(entry).representation).at(pointer: "/freshness/upstream") == "ok")
  }

  @Test func `groups are trimmed without touching what is prepared`() throws {
    let entry = try entry(#","is_pause_power_active":true,"comment":"x""#)
    let whole = hit(entry)
    let trimmed = entry.representation(
      includesPersonalData: false, groups: ["pause"], health: .ok, wall: clock.wall)
    #expect(try body(trimmed).object?.keys == ["id", "pause"])
    #expect(hit(entry).response === whole.response)
  }

  @Test func `what is pending is shown`() throws {
    let value = PendingValue(
      pointer: "/pause/active", requested: true, since: clock.wall, operationID: pump)
    let entry = try entry(pending: [value])
    #expect(
      try body(hit(entry).representation).at(pointer: "/pending/0/pointer") == "/pause/active")
  }

  @Test func `the settings' tag is the document's, and moves with a setting only`() throws {
    let first = try entry(#","price_zone":"AT","indoor_actual_temperature":20"#)
    #expect(first.settingsTag == first.document.settingsTag)
    let warmer = try entry(#","price_zone":"AT","indoor_actual_temperature":21"#)
    #expect(warmer.settingsTag == first.settingsTag)
    #expect(try entry(#","price_zone":"DE_LU""#).settingsTag != first.settingsTag)
  }

  @Test func `the cost covers the answer and both bodies twice`() throws {
    let entry = try entry(#","comment":"\#(String(repeating: "x", count: 10_000))""#)
    let bodies = [false, true].map { hit(entry, personal: $0).representation.body.count }
    #expect(entry.cost >= entry.document.upstream.count + 2 * bodies.reduce(0, +))
  }
}

/// Goal: a stale answer is refreshed seldom enough, and a failure is remembered long enough.
/// Method: a record at given instants.
@Suite struct RefreshRecordTests {
  private func at(_ milliseconds: Int64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func `of all who find it stale one refreshes in five seconds`() async {
    let record = RefreshRecord()
    let due = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<100 { group.addTask { record.isDue(at: at(0)) } }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(due == 1)
    #expect(!record.isDue(at: at(4999)))
    #expect(record.isDue(at: at(5000)))
    #expect(!record.isDue(at: at(5001)))
  }

  @Test func `a failure puts off the next try and is remembered for a while`() {
    let record = RefreshRecord()
    #expect(record.recentFailure(at: at(0)) == nil)
    record.failed(.upstreamTimeout, at: at(1000))
    #expect(!record.isDue(at: at(5999)))
    #expect(record.isDue(at: at(6000)))
    #expect(record.recentFailure(at: at(30_999)) == .upstreamTimeout)
    #expect(record.recentFailure(at: at(31_000)) == nil)
  }
}
