import GatewayCore
import HeatPumps
import Storage
import Testing

@testable import HeatPumpService

/// Goal: just what the job has changed is put back, and nothing that anybody has changed since.
/// Method: made-up heat pumps and histories, and what would be written.
@Suite struct JobRevertTests {
  private let now = Timestamp(rfc3339: "2026-11-24T12:00:00Z") ?? Timestamp(microseconds: 0)

  @Test func `what the job changed is put back`() throws {
    let decision = try decide(
      job: #"{"pause":{"active":true},"hot_water":{"standard_temperature":40}}"#,
      before: ["/pause/active": false, "/hot_water/standard_temperature": 50],
      shows: #""is_pause_power_active":true,"dhw_standard_temperature":40"#)
    #expect(decision == #"{"pause":{"active":false},"hot_water":{"standard_temperature":50}}"#)
  }

  @Test func `a field that shows another value by now is somebody else's`() throws {
    let decision = try decide(
      job: #"{"pause":{"active":true},"hot_water":{"standard_temperature":40}}"#,
      before: ["/pause/active": false, "/hot_water/standard_temperature": 50],
      shows: #""is_pause_power_active":true,"dhw_standard_temperature":41"#)
    #expect(decision == #"{"pause":{"active":false}}"#)
  }

  @Test func `a field that was written since is somebody else's, though it shows the same`() throws
  {
    let later = operation(2, #"{"pause":{"active":true}}"#, .verified)
    #expect(try decide(later: [later]) == "Others have changed it since.")
    let failed = operation(2, #"{"pause":{"active":true}}"#, .failed)
    #expect(try decide(later: [failed]) == #"{"pause":{"active":false}}"#)
    #expect(
      try decide(later: [operation(2, #"{"comment":"x"}"#, .accepted)])
        == #"{"pause":{"active":false}}"#)
  }

  @Test func `a field that a newer write overtook is not the job's`() throws {
    #expect(
      try decide(superseded: ["/pause/active": ResourceID(high: 9, low: 9)])
        == "Others have changed it since.")
  }

  @Test func `what was like that before, or is not known, stays`() throws {
    #expect(
      try decide(before: ["/pause/active": true])
        == "The job changed nothing that could be put back.")
    #expect(try decide(before: [:]) == "The job changed nothing that could be put back.")
  }

  @Test func `the end of a former pause is put back unless it has passed`() throws {
    func restored(_ former: JSONValue) throws -> String {
      try decide(
        job: #"{"pause":{"until":"2026-11-24T14:00:00Z"}}"#, before: ["/pause/until": former],
        shows: #""pause_power_until":"2026-11-24T14:00:00Z""#)
    }
    #expect(
      try restored("2026-11-24T13:00:00Z") == #"{"pause":{"until":"2026-11-24T13:00:00Z"}}"#)
    #expect(try restored("2026-11-24T11:00:00Z") == #"{"pause":{"until":null}}"#)
    #expect(try restored(.null) == #"{"pause":{"until":null}}"#)
  }

  @Test func `what was there before is what goes upstream before it, or what is shown`() throws {
    let patch = try patch(#"{"pause":{"active":true},"comment":"job"}"#)
    let document = try document(#""is_pause_power_active":false,"comment":"old""#)
    func before(
      known: JSONObject? = nil, earlier: [String] = []
    ) throws -> [String: JSONValue] {
      let before = try JobRevert.before(
        patch, in: document, known: known, earlier: earlier.map(self.patch))
      return Dictionary(uniqueKeysWithValues: before.members.map { ($0.key, $0.value) })
    }
    #expect(try before() == ["/pause/active": false, "/comment": "old"])
    #expect(
      try before(earlier: [#"{"comment":"a"}"#, #"{"comment":"b"}"#])
        == ["/pause/active": false, "/comment": "b"])
  }

  @Test func `a second try that finds its own values goes by what the first one noted`() throws {
    let patch = try patch(#"{"pause":{"active":true},"comment":"job"}"#)
    let shown = try document(#""is_pause_power_active":true,"comment":"new""#)
    var known = JSONObject()
    known["/pause/active"] = false
    known["/comment"] = "old"
    let before = JobRevert.before(patch, in: shown, known: known, earlier: [])
    #expect(before["/pause/active"] == false)
    #expect(before["/comment"] == "new")
  }

  // MARK: Made-up heat pumps

  private func decide(
    job: String = #"{"pause":{"active":true}}"#,
    before: [String: JSONValue] = ["/pause/active": false],
    shows: String = #""is_pause_power_active":true"#, later: [StoredOperation] = [],
    superseded: [String: ResourceID] = [:]
  ) throws -> String {
    var applied = operation(1, job, .accepted)
    applied.supersededFields = superseded
    var values = JSONObject()
    for (pointer, value) in before { values[pointer] = value }
    switch JobRevert.decide(
      before: values, applied: applied, later: later, current: try document(shows), at: now)
    {
    case .write(let patch): return String(decoding: patch.body.encoded, as: UTF8.self)
    case .keep(let reason): return reason
    }
  }

  private func document(_ fields: String) throws -> HeatPumpDocument {
    let id = ResourceID(high: 2, low: 7)
    return try HeatPumpDocument(parsing: Array(#"{"id":"\#(id)",\#(fields)}"#.utf8))
  }

  private func patch(_ json: String) throws -> HeatPumpPatch {
    try HeatPumpPatch(stored: JSONValue(parsing: Array(json.utf8)))
  }

  private func operation(
    _ number: Int64, _ patch: String, _ state: OperationState
  ) -> StoredOperation {
    StoredOperation(
      request: NewOperation(
        id: ResourceID(high: 5, low: UInt64(number)),
        heatPump: HeatPumpReference(
          organisation: "north", user: ResourceID(high: 1, low: 1),
          id: ResourceID(high: 2, low: 7)),
        origin: OperationOrigin(kind: .job, name: "grid", occasion: "job"),
        patch: Array(patch.utf8), acceptedAt: now, expiresAt: now + .seconds(600)),
      sequence: number, state: state, changedAt: now)
  }
}
