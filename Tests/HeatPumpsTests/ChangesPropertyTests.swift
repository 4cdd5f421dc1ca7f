import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: who replays what was told knows the heat pump, up to dead-bands and what still flaps.
/// Method: seeded random walks through polls; a failure names its seed.
@Suite struct ChangesPropertyTests {
  @Test func `replaying what was told gives what the upstream shows`() throws {
    for seed in 0..<60 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var walk = Walk()
      _ = try walk.heatPump.next()
      walk.replayed = try values(walk.heatPump.document)
      for _ in 0..<40 { try walk.step(&random, seed: seed) }
      // What flaps is told when it has been stable for long enough.
      for _ in 0..<3 { try walk.poll(seed: seed) }
      let shown = try values(walk.heatPump.document)
      for (pointer, value) in shown {
        let known = try #require(walk.replayed[pointer], "seed \(seed) \(pointer)")
        #expect(
          try isNear(pointer, known, value), "seed \(seed) \(pointer): \(known) \(value)")
      }
    }
  }

  @Test func `a flapping status is told seldom, and its end always`() throws {
    for seed in 0..<100 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var heatPump = Told()
      _ = try heatPump.next(["steering_status"], "ok")
      var known: JSONValue = "ok"
      var told = 0
      let polls = Int.random(in: 1...120, using: &random)
      for _ in 0..<polls {
        let value: JSONValue = ["ok", "error"].randomElement(using: &random) ?? "ok"
        let findings = try heatPump.next(["steering_status"], value, after: .seconds(30))
        for change in findings.flatMap(\.changes) {
          #expect(change.from == known && change.to == value, "seed \(seed)")
          known = change.to
          told += 1
        }
      }
      #expect(told <= 1 + polls * 30 / 600 + 1, "seed \(seed): \(told) of \(polls)")
      for _ in 0..<3 {
        for change in try heatPump.next().flatMap(\.changes) { known = change.to }
      }
      #expect(try heatPump.next() == [], "seed \(seed)")
      #expect(try known == heatPump.document.value(field("/status/steering")), "seed \(seed)")
    }
  }

  @Test func `each write is told once as its writer's, whatever the upstream shows meanwhile`()
    throws
  {
    let path = ["maximum_temperature_limit"]
    let pointer = "/space_heating/maximum_temperature"
    for seed in 0..<100 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var heatPump = Told()
      _ = try heatPump.next(path, 20)
      for round in 0..<5 {
        let requested = JSONValue.number(ExactDecimal(21 + round))
        let cause = ChangeCause.allCases[Int.random(in: 0...2, using: &random)]
        var told: [DetectedChange] = []
        let write = written(pointer, requested, cause)
        for _ in 0..<Int.random(in: 0...6, using: &random) {
          let shown = [requested, JSONValue.number(ExactDecimal(20 + round)), 35].randomElement(
            using: &random)
          told += try heatPump.next(path, shown, writes: [write])
        }
        told += try heatPump.next(
          path, requested, writes: [written(pointer, requested, cause, pending: false)])
        let change = FieldChange(
          pointer: pointer, from: .number(ExactDecimal(20 + round)), to: requested)
        #expect(
          told == [DetectedChange(kind: .settingsChanged, cause: cause, changes: [change])],
          "seed \(seed)")
      }
    }
  }

  private func values(_ document: HeatPumpDocument) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for field in FieldTable.fields where field.eventClass != .none {
      if let value = document.value(field) { values[field.pointer] = value }
    }
    return values
  }
}

private func isNear(_ pointer: String, _ known: JSONValue, _ value: JSONValue) throws -> Bool {
  let field = try field(pointer)
  if field.isSame(known, value) { return true }
  guard let band = ChangeSettings.standard.deadBands[pointer], let known = known.number,
    let value = value.number
  else { return false }
  // The walk's numbers have at most one digit behind the point.
  return (known.approximate - value.approximate).magnitude < band.approximate - 1e-6
}

private struct Walk {
  var heatPump = Told()
  var replayed: [String: JSONValue] = [:]

  mutating func step(_ random: inout SeededRandom, seed: UInt64) throws {
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      guard let field = ChangesPropertyTests.fields.randomElement(using: &random) else { continue }
      heatPump.set(field.answerPath, ChangesPropertyTests.value(field, &random))
    }
    try poll(seed: seed)
  }

  mutating func poll(seed: UInt64) throws {
    let findings = try heatPump.next(after: .seconds(400))
    let shown = try heatPump.document
    #expect(
      Set(findings.map { "\($0.kind) \($0.cause)" }).count == findings.count, "seed \(seed)")
    var moved: Set<String> = []
    for change in findings.flatMap(\.changes) {
      let field = try field(change.pointer)
      let known = try #require(replayed[change.pointer], "seed \(seed)")
      #expect(moved.insert(change.pointer).inserted, "seed \(seed) \(change.pointer)")
      #expect(change.from == known, "seed \(seed) \(change.pointer)")
      #expect(change.to == shown.value(field), "seed \(seed) \(change.pointer)")
      #expect(try !isNear(change.pointer, change.from, change.to), "seed \(seed) \(change)")
      replayed[change.pointer] = change.to
    }
    for field in ChangesPropertyTests.fields where field.eventClass != .status {
      guard let value = shown.value(field), let known = replayed[field.pointer] else { continue }
      #expect(
        try isNear(field.pointer, known, value), "seed \(seed) \(field.pointer) is not told")
    }
  }
}

extension ChangesPropertyTests {
  /// What made-up answers differ in.
  static let fields = FieldTable.fields.filter {
    $0.eventClass != .none && $0.kind != .actions
  }

  /// A value as the upstream may spell it.
  static func value(_ field: Field, _ random: inout SeededRandom) -> JSONValue {
    if field.isNullable, Int.random(in: 0..<8, using: &random) == 0 { return .null }
    switch field.kind {
    case .boolean: return .bool(Bool.random(using: &random))
    case .integer: return .number(ExactDecimal(Int.random(in: 0...200, using: &random)))
    case .decimal:
      let digits = "\(Int.random(in: 20...22, using: &random))"
      let text = "\(digits).\(Int.random(in: 0...9, using: &random))"
      return Bool.random(using: &random) ? .string(text + "0") : decimal(text)
    case .time:
      let time = noon + .seconds(Int.random(in: 0...3, using: &random))
      let texts = [time.description, time.description.replacing("Z", with: "+00:00")]
      return .string(texts.randomElement(using: &random) ?? "")
    case .uuid: return .string(random.timeOrderedID(at: noon).description)
    case .level: return .string(["Low", "Mid", "Max"].randomElement(using: &random) ?? "")
    case .text, .enumeration, .actions, .pending:
      return .string(["a", "b", "ok"].randomElement(using: &random) ?? "")
    }
  }
}
