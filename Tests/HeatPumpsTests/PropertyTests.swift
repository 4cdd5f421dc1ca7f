import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: what holds for every document and every patch.
/// Method: seeded chance; a failure names its seed.
@Suite struct PropertyTests {
  @Test func `no truncation and no damaged byte traps, and what is read can be shown`() throws {
    let whole = try Fixtures.bytes("answer.json")
    for length in 0..<whole.count {
      #expect(throws: MappingFault.self) {
        try HeatPumpDocument(parsing: Array(whole.prefix(length)))
      }
    }
    for seed in 0..<800 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var damaged = whole
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let place = damaged.indices.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<3, using: &random) {
        case 0: damaged[place] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged.remove(at: place)
        default: damaged.insert("\"{}[],:0e.\\".utf8.randomElement(using: &random) ?? 0, at: place)
        }
      }
      guard let document = try? HeatPumpDocument(parsing: damaged) else { continue }
      try expectConsistent(document, seed: seed)
    }
  }

  @Test func `every value of every kind is either shown or named as irregular`() throws {
    let values = [
      "null", "true", "false", "0", "-1.50", "1e3", "\"\"", "\"21.5\"", "\"Mid\"", "[]", "{}",
      "\"2026-11-24T08:00:00+01:00\"", "\"0001-01-01T00:00:00Z\"", "\"\\u0041\\n\"", "[1,{}]",
      "\"D3B07384-D113-4EC6-A7D4-5F0F8E1C2B3A\"", "[{\"code\":\"A\",\"resolution_link\":\"x\"}]",
    ]
    let names = Set(FieldTable.fields.compactMap(\.answerPath.first)).subtracting(["id"])
    for name in names.sorted() {
      for value in values {
        let document = try Fixtures.small("\"\(name)\":\(value)")
        try expectConsistent(document, seed: 0)
        for field in FieldTable.fields where field.answerPath == [name] {
          let isNull = document.value(field) == .null
          let isNever = value.contains("0001-")
          let isIrregular = isNull && value != "null" && !(isNever && field.kind == .time)
          #expect(document.irregularFields == (isIrregular ? [name] : []), "\(name) \(value)")
        }
      }
    }
  }

  @Test func `a patch never sends a field that it doesn't name`() throws {
    let current = try Fixtures.answer()
    for seed in 0..<150 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let (patch, names) = try randomPatch(&random)
      let sent = try #require(JSONValue(parsing: patch.updateBody(current: current)).object)
      #expect(Set(sent.keys) == names, "seed \(seed)")
      #expect(Set(patch.changedPointers).count == patch.assignments.count)
      let merged = try #require(JSONValue(parsing: patch.mergedBody(current: current)).object)
      for (key, value) in sent.members { #expect(merged[key] == value, "seed \(seed)") }
      #expect(try HeatPumpPatch(stored: patch.body) == patch, "seed \(seed)")
      #expect(patch.bodyText == patch.body.encoded, "seed \(seed)")
    }
    let whole = HeatPumpPatch(restoring: FieldTable.writableFields, from: current)
    #expect(whole.assignments.count > 20)
    #expect(whole.bodyText == whole.body.encoded)
  }

  @Test func `every writable field goes up and comes back`() throws {
    for seed in 0..<150 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let (patch, _) = try randomPatch(&random)
      let current = try Fixtures.answer()
      var answer = try #require(JSONValue(parsing: current.upstream).object)
      let sent = try #require(JSONValue(parsing: patch.updateBody(current: current)).object)
      for (key, value) in sent.members { answer.take(key, value) }
      let confirmed = try HeatPumpDocument(parsing: JSONValue.object(answer).encoded)
      #expect(patch.unapplied(in: confirmed) == [], "seed \(seed)")
      let undo = HeatPumpPatch(
        restoring: patch.assignments.map(\.field), from: current)
      #expect(undo.unapplied(in: current) == [], "seed \(seed)")
    }
  }

  private func expectConsistent(_ document: HeatPumpDocument, seed: UInt64) throws {
    for personal in [true, false] {
      let context = RepresentationContext(
        organisation: "acme", userID: document.id,
        freshness: .judge(observedAt: document.observedAt, now: noon),
        includesPersonalData: personal)
      let shown = try JSONValue(parsing: document.representation(context))
      for field in FieldTable.fields where !field.answerPath.isEmpty && field.name != "user_id" {
        let isHidden = !personal && field.isPersonal
        if field.kind == .actions && !personal { continue }
        #expect(
          shown.at(pointer: field.pointer) == (isHidden ? nil : document.value(field)),
          "seed \(seed) \(field.pointer)")
      }
    }
    let settings = try JSONValue(parsing: document.settings)
    for field in FieldTable.writableFields {
      #expect(settings[field.shortName] == document.value(field), "seed \(seed) \(field.pointer)")
    }
    _ = document.settingsTag
    _ = HeatPumpPatch.empty.mergedBody(current: document)
  }

  private func randomPatch(
    _ random: inout SeededRandom
  ) throws -> (patch: HeatPumpPatch, names: Set<String>) {
    let count = Int.random(in: 0...6, using: &random)
    let fields = FieldTable.writableFields.shuffled(using: &random).prefix(count)
    var patch = HeatPumpPatch.empty
    for field in fields {
      let text = field.isNullable && Bool.random(using: &random) ? "null" : sample(field, &random)
      // One by one: rules between two fields are another test's.
      patch = patch.merged(with: try HeatPumpsTests.patch(body(field, text).text))
    }
    return (patch, Set(fields.compactMap(\.updateField)))
  }

  private func sample(_ field: Field, _ random: inout SeededRandom) -> String {
    switch field.kind {
    case .boolean: return Bool.random(using: &random) ? "true" : "false"
    case .integer: return String(Int.random(in: -5...3000, using: &random))
    case .decimal:
      let whole = Int.random(in: -30...70, using: &random)
      return "\(whole).\(Int.random(in: 0...999, using: &random))"
    case .time:
      let offset = Int64.random(in: 1...90_000_000_000_000, using: &random)
      return "\"\(Timestamp(microseconds: noon.microseconds + offset))\""
    case .uuid: return "\"\(random.timeOrderedID(at: noon))\""
    case .enumeration, .level:
      return "\"\(field.kind.allowedValues?.randomElement(using: &random) ?? "")\""
    case .text, .actions, .pending:
      let letters = ["a", "Ö", "\\\"", "\\n", "🔥", " "]
      let picks = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        letters.randomElement(using: &random) ?? ""
      }
      return "\"\(picks.joined())\""
    }
  }
}

extension JSONObject {
  /// What the upstream does with an update: its answer has two names that differ from it.
  fileprivate mutating func take(_ key: String, _ value: JSONValue) {
    guard key == "device_model", var model = value.object else {
      self[key == "building_id" ? "building" : key] = value
      return
    }
    model["cloud_service"] = model["cloud_service_id"]
    model["cloud_service_id"] = nil as JSONValue?
    self[key] = .object(model)
  }
}
