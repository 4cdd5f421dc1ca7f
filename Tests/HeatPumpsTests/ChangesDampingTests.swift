import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: a status that flaps is told once, and then as it ends.
/// Method: sequences of one status's values with their times.
@Suite struct ChangesDampingTests {
  @Test func `a status that flips back is held until it is stable`() throws {
    #expect(
      try told([
        (0, "ok"), (300, "error"), (120, "ok"), (300, "ok"), (299, "ok"), (1, "ok"), (300, "ok"),
      ]) == [1: "error", 5: "ok"])
  }

  @Test func `what ends as it was told is told no more`() throws {
    #expect(
      try told([
        (0, "ok"), (300, "error"), (120, "ok"), (120, "error"), (600, "error"), (600, "error"),
      ]) == [1: "error"])
  }

  @Test func `a return after the window is a change like another`() throws {
    #expect(try told([(0, "ok"), (300, "error"), (600, "ok")]) == [1: "error", 2: "ok"])
    #expect(try told([(0, "ok"), (300, "error"), (599, "ok")]) == [1: "error"])
  }

  @Test func `getting worse step by step is no flap`() throws {
    #expect(
      try told([(0, "ok"), (60, "warning"), (60, "error"), (60, "unknown")])
        == [1: "warning", 2: "error", 3: "unknown"])
  }

  @Test func `more changes an hour than allowed are held, whatever they are`() throws {
    let steps = (0...9).map { ($0 == 0 ? 0 : 300, "s\($0)") }
    var expected = Dictionary(uniqueKeysWithValues: (1...6).map { ($0, "s\($0)") })
    #expect(try told(steps) == expected)
    expected[10] = "s9"
    #expect(try told(steps + [(600, "s9"), (300, "s9")]) == expected)
  }

  @Test func `a value on the way doesn't count as stable`() throws {
    #expect(
      try told([
        (0, "ok"), (60, "error"), (60, "ok"), (550, "warning"), (550, "ok"), (550, "warning"),
        (600, "warning"), (3000, "ok"),
      ]) == [1: "error", 6: "warning", 7: "ok"])
  }

  @Test func `after a quiet hour nothing is remembered`() throws {
    var heatPump = Told()
    _ = try heatPump.next(["steering_status"], "ok")
    let quiet = heatPump.detector.stored.count
    _ = try heatPump.next(["steering_status"], "no")
    #expect(heatPump.detector.stored.count > quiet)
    _ = try heatPump.next(after: .seconds(3600))
    #expect(heatPump.detector.stored.count == quiet)
  }

  @Test func `a clock that is set back holds nothing for longer`() throws {
    #expect(
      try told([
        (0, "ok"), (300, "error"), (60, "ok"), (-86400, "ok"), (600, "ok"),
      ]) == [1: "error", 4: "ok"])
  }

  @Test func `what is left out meanwhile counts neither way`() throws {
    #expect(
      try told([
        (0, "ok"), (300, "error"), (120, "ok"), (300, nil), (300, "ok"), (300, "ok"),
      ]) == [1: "error", 4: "ok"])
  }

  /// What is told of the steering status, by the number of the answer.
  private func told(_ steps: [(Int, String?)]) throws -> [Int: String] {
    var heatPump = Told()
    var told: [Int: String] = [:]
    for (number, (seconds, value)) in steps.enumerated() {
      let findings = try heatPump.next(
        ["steering_status"], value.map { .string($0) }, after: .seconds(seconds))
      #expect(findings.allSatisfy { $0.kind == .statusChanged })
      for change in findings.flatMap(\.changes) { told[number] = change.to.string }
    }
    return told
  }
}
