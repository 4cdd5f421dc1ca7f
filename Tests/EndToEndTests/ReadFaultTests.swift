import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: whatever the upstream does to a read, the caller gets an answer or a precise problem in
/// time, and nothing of the upstream's own words.
/// Method: one fault after another on heat pumps that nobody has read yet.
@Suite struct ReadFaultTests {
  /// A fault of a cold read and what comes of it.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let fault: SimulatorFault.Kind
    /// How often it happens; `nil` for always.
    var count: Int?
    let verdict: String
    let requests: Int
    /// How long a call may take.
    var total = "PT1.5S"

    var testDescription: String { name }
  }

  static let rows = [
    Row(name: "slow", fault: .latency(.seconds(20)), verdict: "504 upstream-timeout", requests: 1),
    Row(
      name: "drip", fault: .drip(bytes: 10, interval: .milliseconds(200)),
      verdict: "504 upstream-timeout", requests: 1),
    Row(name: "500", fault: .status(500), verdict: "502 upstream-error", requests: 1),
    Row(name: "503 once", fault: .status(503), count: 1, verdict: "200 -", requests: 2),
    Row(name: "502 twice", fault: .status(502), count: 2, verdict: "200 -", requests: 3),
    Row(name: "504 always", fault: .status(504), verdict: "502 upstream-error", requests: 3),
    Row(name: "HTML 502", fault: .htmlPage(502), verdict: "502 upstream-error", requests: 3),
    Row(name: "HTML 200", fault: .htmlPage(200), verdict: "502 upstream-unreadable", requests: 1),
    Row(name: "HTML 404", fault: .htmlPage(404), verdict: "502 upstream-unreadable", requests: 1),
    Row(name: "truncated once", fault: .truncatedBody, count: 1, verdict: "200 -", requests: 2),
    Row(
      name: "truncated", fault: .truncatedBody, verdict: "502 upstream-unreachable", requests: 3),
    Row(name: "reset early", fault: .resetBeforeRead, count: 1, verdict: "200 -", requests: 2),
    Row(name: "reset", fault: .resetBeforeApplying, count: 1, verdict: "200 -", requests: 2),
    Row(name: "reset late", fault: .resetAfterApplying, count: 1, verdict: "200 -", requests: 2),
    Row(
      name: "malformed", fault: .malformedJSON, verdict: "502 upstream-unreadable", requests: 1),
    Row(
      name: "other type", fault: .contentType("text/html"), verdict: "502 upstream-unreadable",
      requests: 1),
    Row(
      name: "huge", fault: .hugeBody(megabytes: 9), verdict: "502 upstream-unreadable",
      requests: 1, total: "PT\(10 * testPatience)S"),
    Row(name: "no id", fault: .dropField("id"), verdict: "502 upstream-unreadable", requests: 1),
    Row(name: "no comment", fault: .dropField("comment"), verdict: "200 -", requests: 1),
    Row(name: "403", fault: .status(403), verdict: "502 upstream-credentials", requests: 1),
    Row(name: "401 always", fault: .status(401), verdict: "502 upstream-credentials", requests: 2),
    Row(name: "401 once", fault: .status(401), count: 1, verdict: "200 -", requests: 2),
    Row(name: "404", fault: .status(404), verdict: "404 not-found", requests: 1),
    Row(name: "418", fault: .status(418), verdict: "502 upstream-error", requests: 1),
  ]

  @Test(arguments: rows)
  func `a cold read has a clear end`(row: Row) async throws {
    try await withStage(gateway: { $0.setTimeouts(total: row.total) }) { stage in
      let clock = SystemClock()
      // The token is in, so that its own request takes no part.
      _ = try await stage.portal.get(stage.path(1))
      let before = stage.simulator.requestCount(.detail)
      stage.simulator.setFault(SimulatorFault(row.fault, call: .detail, count: row.count))
      let start = clock.monotonic
      let answer = try await stage.portal.get(stage.path(2))
      #expect(clock.monotonic - start < .seconds(12 * testPatience))
      #expect(answer.verdict == row.verdict, "\(answer.text)")
      #expect(stage.simulator.requestCount(.detail) - before == row.requests)
      for mark in ["<html", "<HTML", "Traceback", "Unauthorized", "detail\":[", "nginx"] {
        #expect(!answer.text.contains(mark), "\(mark)")
      }
      stage.simulator.clearFaults()
      #expect(try await stage.portal.get(stage.path(3)).status == 200)
    }
  }

  @Test func `Request-Timeout shortens the wait, and the answer is kept for others`() async throws {
    try await withStage { stage in
      stage.simulator.setFault(SimulatorFault(.hang(), call: .detail))
      let clock = SystemClock()
      let start = clock.monotonic
      let answer = try await stage.portal.get(stage.path(2), ["Request-Timeout": "1"])
      #expect(answer.verdict == "504 upstream-timeout")
      #expect((.milliseconds(900)...(.seconds(8))).contains(clock.monotonic - start))
      async let patient = stage.portal.get(stage.path(2))
      try await eventually("second reader") {
        try await stage.metric("requests_suspended") == 1
      }
      stage.simulator.clearFaults()
      #expect(try await patient.status == 200)
      #expect(stage.simulator.requestCount(.detail) == 1)
    }
  }

  @Test func `429 closes the budget for as long as the upstream says`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.get(stage.path(1))
      func throttle(_ seconds: Int) {
        stage.simulator.setFault(
          SimulatorFault(.status(429, retryAfter: .seconds(seconds)), call: .detail, count: 1))
      }
      throttle(1)
      let first = try await stage.portal.get(stage.path(2))
      #expect(first.verdict == "503 upstream-throttled")
      #expect(first.headers["retry-after"] == "1")
      // A pause that the caller's time allows is waited for.
      #expect(try await stage.portal.get(stage.path(2)).status == 200)
      throttle(60)
      _ = try await stage.portal.get(stage.path(3))
      let count = stage.simulator.requestCount(.detail)
      let second = try await stage.portal.get(stage.path(4))
      #expect(second.verdict == "503 upstream-throttled")
      #expect(["59", "60"].contains(second.headers["retry-after"]))
      #expect(stage.simulator.requestCount(.detail) == count)
      // Whoever is known is served from memory all the while.
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
    }
  }

  @Test func `unknown fields and words are shown or passed over`() async throws {
    try await withStage { stage in
      stage.simulator.setFault(SimulatorFault(.unknownValues, call: .detail))
      let answer = try await stage.full.get(stage.path(1))
      #expect(answer.status == 200)
      #expect(answer.at("/optimization/level")?.string == "ultra")
      #expect(answer.at("/market/price_zone")?.string == "XX_9")
      #expect(answer.at("/status/connection")?.string == "degraded")
      #expect(!answer.text.contains("grid_signal"))
      let upstream = try await stage.full.get(stage.path(1) + "?view=upstream")
      #expect(upstream.at("/grid_signal/level")?.integer == 3)
      let write = try await stage.full.patch(stage.path(1), patch("/market/price_zone", "XX_9"))
      #expect(write.verdict == "422 invalid-patch")
    }
  }

  @Test func `a revoked token is replaced once, and no caller notices`() async throws {
    try await withStage(simulator: { $0.users = 30 }) { stage in
      _ = try await stage.portal.get(stage.path(1))
      #expect(stage.simulator.requestCount(.token) == 1)
      stage.simulator.revokeTokens()
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 2...40 {
          group.addTask { try await stage.portal.get(stage.path(number)).status }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses == Array(repeating: 200, count: 39))
      #expect(stage.simulator.requestCount(.token) == 2)
      stage.simulator.revokeTokens()
      let write = try await stage.portal.patch(stage.path(1), patch("/pause/active", true))
      #expect(write.status == 200)
      #expect(stage.simulator.requestCount(.token) == 3)
      #expect(stage.simulator.updates().filter(\.applied).count == 1)
    }
  }
}
