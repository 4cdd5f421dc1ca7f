import GatewayCore
import TestSupport
import Testing

@testable import HeatPumps

/// Goal: the short cuts of detection change nothing: what is seen without reading is what reading
/// gives, and what is taken over in runs is what would have been written anew.
/// Method: made-up answers, and detectors that came to the same knowledge in other ways.
@Suite struct ChangesStateTests {
  @Test func `what is seen without reading is what reading gives`() throws {
    var seen = 0
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let (known, shown) = (try madeUp(&random), try madeUp(&random))
      for watched in WatchedField.all where watched.field.kind != .actions {
        guard let value = known.value(watched.field), let slot = watched.field.slot else {
          continue
        }
        var coded: [UInt8] = []
        ValueCoding.append(value, of: watched.field.kind, to: &coded)
        var position = 0
        let item = try #require(ValueCoding.item(coded.span, at: &position))
        guard shown.plainly(slot, shows: item, of: coded.span) else { continue }
        seen += 1
        #expect(shown.value(watched.field) == value, "seed \(seed) \(watched.field.pointer)")
      }
    }
    #expect(seen > 200 * WatchedField.all.count / 4)
  }

  @Test func `nearly all of an answer that repeats itself is seen without reading`() throws {
    let document = try Told().document
    var detector = ChangeDetector()
    _ = detector.observe(document, from: .detail, at: noon)
    let state = ReportedState(known: detector.stored)
    var position = ReportedState.start
    var unseen: [String] = []
    for (index, place) in WatchedField.places.enumerated() {
      guard let entry = state.entry(place.key, at: &position), let value = entry.value else {
        continue
      }
      if !document.plainly(place.slot, shows: value, of: state.bytes.span) {
        unseen.append(WatchedField.all[index].field.pointer)
      }
    }
    #expect(position == state.bytes.count)
    #expect(unseen.count <= 4, "\(unseen)")
  }

  @Test func `after any changes it knows what one knows that saw the last answer only`() throws {
    let fields = WatchedField.all.map(\.field).filter {
      $0.eventClass == .settings && [.boolean, .integer, .level].contains($0.kind)
    }
    for seed in 0..<100 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var told = Told()
      for _ in 0..<8 {
        for field in fields where Int.random(in: 0..<6, using: &random) == 0 {
          told.set(field.answerPath, ChangesPropertyTests.value(field, &random))
        }
        _ = try told.next()
        var other = ChangeDetector()
        _ = other.observe(try told.document, from: .detail, at: noon)
        #expect(told.detector == other, "seed \(seed)")
      }
    }
  }

  @Test func `an answer with nothing more to tell tells nothing when it comes again`() throws {
    var (settled, all) = (0, 0)
    for seed in 0..<150 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var told = Told()
      for _ in 0..<10 {
        for _ in 0..<Int.random(in: 0...2, using: &random) { change(&told, &random) }
        _ = try told.next(writes: writes(&random))
        all += 1
        guard told.detector.isSettled else { continue }
        settled += 1
        var again = told.detector
        let findings = again.observe(
          try told.document, from: .detail, writes: writes(&random),
          at: told.now + .seconds(Int.random(in: 1...100_000, using: &random)))
        #expect(findings == [] && again == told.detector && again.isSettled, "seed \(seed)")
      }
    }
    #expect(settled > all / 4 && settled < all)
  }

  @Test func `what is put off, held or hidden by a dead-band is still to be told`() throws {
    var told = Told()
    _ = try told.next()
    #expect(told.detector.isSettled)
    _ = try told.next(["price_zone"], "CH", writes: [written("/market/price_zone", "AT", .app)])
    #expect(!told.detector.isSettled)
    #expect(try told.next().count == 1)
    #expect(told.detector.isSettled)
    _ = try told.next(["indoor_actual_temperature"], decimal("21.5"))
    #expect(!told.detector.isSettled)
    _ = try told.next(["indoor_actual_temperature"], decimal("25"))
    #expect(told.detector.isSettled)
    _ = try told.next(["steering_status"], "error")
    #expect(!told.detector.isSettled)
  }

  @Test func `what another release stored in its order, and of fields of its own, is read`() throws
  {
    var told = Told()
    _ = try told.next()
    _ = try told.next(["steering_status"], "error")
    let whole = told.detector.stored
    var items: [ArraySlice<UInt8>] = []
    var position = ReportedState.start
    while position < whole.count {
      let start = position
      position += 2
      _ = try #require(ValueCoding.item(whole.span, at: &position))
      items.append(whole[start..<position])
    }
    // A damper stands behind its value, whatever the order of fields.
    let damped = try #require(items.firstIndex { $0[$0.startIndex + 2] >> 5 == 6 })
    let pair = items[damped - 1] + items[damped]
    items.removeSubrange(damped - 1...damped)
    let foreign = try #require((0...UInt16.max).first { WatchedField.indices[$0] == nil })
    let unknown = [UInt8(foreign >> 8), UInt8(foreign & 255), 0]
    let moved = whole.prefix(1) + pair + items.reversed().joined()
    #expect(ChangeDetector(stored: Array(moved)) == told.detector)
    #expect(ChangeDetector(stored: whole + unknown) == told.detector)
    #expect(ChangeDetector(stored: moved + unknown) == told.detector)
  }

  private func madeUp(_ random: inout SeededRandom) throws -> HeatPumpDocument {
    var told = Told()
    for _ in 0..<Int.random(in: 0...20, using: &random) { change(&told, &random) }
    return try told.document
  }

  private func change(_ told: inout Told, _ random: inout SeededRandom) {
    guard let field = ChangesPropertyTests.fields.randomElement(using: &random) else { return }
    told.set(field.answerPath, ChangesPropertyTests.value(field, &random))
  }

  private func writes(_ random: inout SeededRandom) -> [WrittenValue] {
    (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in
      ChangesPropertyTests.fields.randomElement(using: &random).map { field in
        written(
          field.pointer, ChangesPropertyTests.value(field, &random), .app,
          pending: Bool.random(using: &random))
      }
    }
  }
}
