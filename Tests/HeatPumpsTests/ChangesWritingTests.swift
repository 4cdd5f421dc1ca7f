import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: the gateway's own writes are told as such, and their way through the upstream as nothing.
/// Method: the answers that follow a write, one by one; then actions, personal data, stored states.
@Suite struct ChangesWritingTests {
  private let limit = ["maximum_temperature_limit"]
  private let pointer = "/space_heating/maximum_temperature"

  @Test func `a write that is not seen yet is no change, and no revert when it flickers`() throws {
    var told = Told()
    _ = try told.next()
    let write = written(pointer, 25, .app)
    #expect(try told.next(writes: [write]) == [])
    let shown = try told.next(limit, "25.00", writes: [write])
    #expect(shown.map(\.cause) == [.app])
    #expect(
      shown.flatMap(\.changes) == [
        FieldChange(pointer: pointer, from: decimal("23.50"), to: decimal("25.00"))
      ])
    #expect(try told.next(limit, "23.50", writes: [write]) == [])
    #expect(try told.next(limit, 19, writes: [write]) == [])
    #expect(try told.next(limit, 25, writes: [write]) == [])
    #expect(try told.next(limit, 25) == [])
  }

  @Test func `what still differs when the window ends is told as the doing of others`() throws {
    var told = Told()
    _ = try told.next()
    let write = written(pointer, 25, .hook)
    _ = try told.next(limit, 25, writes: [write])
    #expect(try told.next(limit, "23.5", writes: [write]) == [])
    let ended = try told.next(writes: [written(pointer, 25, .hook, pending: false)])
    #expect(ended.map(\.cause) == [.outside])
    #expect(ended.flatMap(\.changes).map(\.to) == [decimal("23.5")])
  }

  @Test func `a write that ended before it was observed is still its writer's`() throws {
    var told = Told()
    _ = try told.next()
    let write = written(pointer, 25, .job, pending: false)
    #expect(try told.next(limit, 25, writes: [write]).map(\.cause) == [.job])
    #expect(try told.next(limit, 24, writes: [write]).map(\.cause) == [.outside])
  }

  @Test func `of two writes to a field the newer one counts`() throws {
    var told = Told()
    _ = try told.next()
    let writes = [written(pointer, 25, .app, pending: false), written(pointer, 26, .hook)]
    #expect(try told.next(limit, 25, writes: writes) == [])
    #expect(try told.next(limit, 26, writes: writes).map(\.cause) == [.hook])
  }

  @Test func `a change has the trace of the request that it comes from, if it is one`() throws {
    func write(_ pointer: String, _ value: Int, _ trace: String?) -> WrittenValue {
      WrittenValue(
        pointer: pointer, requested: .number(ExactDecimal(value)), cause: .app, isPending: true,
        traceparent: trace)
    }
    let other = "/space_heating/minimum_temperature"
    for (first, second, trace) in [
      ("a", "a", "a"), ("a", "b", nil), ("a", nil, nil), (nil, nil, nil),
    ] as [(String?, String?, String?)] {
      var told = Told()
      _ = try told.next()
      told.set(["minimum_temperature_limit"], 12)
      let findings = try told.next(
        limit, 25, writes: [write(pointer, 25, first), write(other, 12, second)])
      #expect(findings.map(\.changes.count) == [2])
      #expect(findings.map(\.traceparent) == [trace])
    }
    var told = Told()
    _ = try told.next()
    // Somebody else's doing, though it was written before.
    #expect(try told.next(limit, 24, writes: []).map(\.traceparent) == [nil])
  }

  @Test func `another field's change is told while a write is pending`() throws {
    var told = Told()
    _ = try told.next()
    let findings = try told.next(
      ["is_trading_enabled"], false, writes: [written(pointer, 25, .app)])
    #expect(findings.flatMap(\.changes).map(\.pointer) == ["/market/trading_enabled"])
  }

  @Test func `lists never clear actions, the detail does`() throws {
    var told = Told()
    _ = try told.next()
    #expect(try told.next(["actions"], nil, from: .partial) == [])
    #expect(try told.next(["actions"], [], from: .partial) == [])
    let flag = try told.next(["action_needed"], false, from: .partial)
    #expect(flag.map(\.kind) == [.actionResolved])
    let cleared = try told.next(from: .detail)
    #expect(cleared.map(\.kind) == [.statusChanged])
    #expect(cleared.flatMap(\.changes).map(\.to) == [[]])
  }

  @Test func `the flag and its actions are one event`() throws {
    var told = Told()
    told.set(["action_needed"], false)
    _ = try told.next(["actions"], [])
    told.set(["action_needed"], true)
    let needed = try told.next(["actions"], [["code": "A", "resolution_link": "https://x"]])
    #expect(needed.map(\.kind) == [.actionNeeded])
    #expect(needed[0].changes.map(\.pointer) == ["/status/action_needed", "/status/actions"])
    let link = try told.next(["actions"], [["resolution_link": "https://y", "code": "A"]])
    #expect(link == [])
    let more = try told.next(["actions"], [["code": "B"], ["code": "A"]])
    #expect(more.map(\.kind) == [.actionNeeded])
    #expect(try told.next(["actions"], [["code": "A"], ["code": "B"]]) == [])
    #expect(try told.next(["actions"], [["code": "B"]]).map(\.kind) == [.statusChanged])
    told.set(["action_needed"], false)
    let resolved = try told.next(["actions"], [], after: .seconds(7200))
    #expect(resolved.map(\.kind) == [.actionResolved])
    #expect(resolved[0].changes.count == 2)
  }

  @Test func `personal changes are marked, and lose what is personal`() throws {
    var told = Told()
    _ = try told.next()
    told.set(["comment"], "Maria is ill")
    let findings = try told.next(["actions"], [["code": "B", "resolution_link": "https://x"]])
    let comment = try #require(findings.first { $0.kind == .settingsChanged })
    #expect(comment.isPersonal)
    #expect(comment.changes[0].withoutPersonalData == nil)
    let actions = try #require(findings.first { $0.kind == .actionNeeded })
    #expect(!actions.isPersonal)
    let shown = try #require(actions.changes[0].withoutPersonalData)
    #expect(shown.to == [["code": "B"]])
    #expect(!shown.from.text.contains("https"))
    #expect(actions.changes[0].to[0]?["resolution_link"] == "https://x")
    #expect(FieldChange(pointer: "/gone/field", from: 1, to: 2).withoutPersonalData == nil)
  }

  @Test func `a state takes few bytes, and reads back`() throws {
    var told = Told()
    _ = try told.next()
    #expect(told.detector.stored.count <= 600, "\(told.detector.stored.count) bytes")
    for (path, value) in [
      (["comment"], String(repeating: "ö", count: 300)), (["comment"], ""),
      (["operational_mode"], String(repeating: "x", count: 31)),
      (["operational_mode"], String(repeating: "x", count: 30)),
    ] {
      #expect(try told.next(path, .string(value)).count == 1)
      #expect(try told.next() == [])
    }
  }

  @Test func `no damaged state traps`() throws {
    var told = Told()
    _ = try told.next()
    _ = try told.next(["steering_status"], "error")
    _ = try told.next(["steering_status"], "ok", after: .seconds(60))
    let whole = told.detector.stored
    let document = try told.document
    #expect(ChangeDetector(stored: [9]) == nil)
    #expect(ChangeDetector(stored: Array(whole.dropLast())) == nil)
    for seed in 0..<3000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var damaged = whole
      for _ in 0...Int.random(in: 0...3, using: &random) {
        let place = damaged.indices.randomElement(using: &random) ?? 0
        damaged[place] = UInt8.random(in: 0...255, using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 { damaged.remove(at: place) }
      }
      guard var detector = ChangeDetector(stored: damaged) else { continue }
      _ = detector.observe(document, from: .detail, at: noon)
      #expect(detector.observe(document, from: .detail, at: noon) == [], "seed \(seed)")
    }
  }
}
