import GatewayCore
import TestSupport
import Testing

/// Goal: times and durations are read and written exactly, and nonsense is refused.
/// Method: tables of known pairs, and a round trip over many random instants.
@Suite struct TimeTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0),
    ("2023-11-07T05:31:56Z", 1_699_335_116_000_000),
    ("2023-11-07t05:31:56.25z", 1_699_335_116_250_000),
    ("2023-11-07T06:31:56.1234567+01:00", 1_699_335_116_123_456),
    ("2023-11-07T00:01:56-05:30", 1_699_335_116_000_000),
    ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
    ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
  ])
  func `RFC 3339 is read`(text: String, microseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2023-11-07", "2023-11-07T05:31:56", "2023-11-07 05:31:56Z", "2023-02-29T00:00:00Z",
    "2023-13-01T00:00:00Z", "2023-11-07T24:00:00Z", "2023-11-07T05:60:00Z",
    "2023-11-07T05:31:56.Z", "2023-11-07T05:31:56+1:00", "2023-11-07T05:31:56Zx",
    "0000-01-01T00:00:00Z", "2023-11-07T05:31:56+01",
  ])
  func `what is not RFC 3339 is refused`(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test func `writing and reading give the same instant`() {
    let random = SeededRandom(seed: 7)
    for _ in 0..<2000 {
      let microseconds = Int64(random.next() % 250_000_000_000_000_000) - 62_135_596_800_000_000
      let time = Timestamp(microseconds: microseconds)
      #expect(Timestamp(rfc3339: time.description) == time)
    }
  }

  @Test func `the year 1 means never`() throws {
    #expect(try #require(Timestamp(rfc3339: "0001-01-01T00:00:00Z")).meansNever)
    #expect(try #require(Timestamp(rfc3339: "0001-12-31T23:59:59Z")).meansNever)
    #expect(try !#require(Timestamp(rfc3339: "0002-01-01T00:00:00Z")).meansNever)
  }

  @Test(arguments: [
    ("PT30S", Duration.seconds(30)), ("PT15M", .seconds(900)), ("P1D", .seconds(86400)),
    ("P7D", .seconds(604_800)), ("P1W", .seconds(604_800)), ("PT1H30M", .seconds(5400)),
    ("P1DT2H", .seconds(93600)), ("PT0.25S", .milliseconds(250)), ("PT0S", .zero),
  ])
  func `ISO 8601 durations are read`(text: String, expected: Duration) {
    #expect(Duration(iso8601: text) == expected)
    #expect(Duration(iso8601: expected.iso8601) == expected)
  }

  @Test(arguments: [
    "", "P", "PT", "30S", "PT30", "P1Y", "P1M", "PT-5S", "PT1S1H", "PT1H ", "P99999999999999999D",
    "PT1.5H", "pt5s",
  ])
  func `what is not such a duration is refused`(text: String) {
    #expect(Duration(iso8601: text) == nil)
  }

  @Test func `monotonic instants saturate`() {
    #expect(MonotonicInstant.distantFuture + .seconds(1) == .distantFuture)
    let start = MonotonicInstant(nanoseconds: 5)
    #expect((start + .seconds(2)) - start == .seconds(2))
    #expect((start + .seconds(2)) - .seconds(2) == start)
  }

  @Test func `a duration has its nanoseconds, cut off, and at most what fits`() {
    for seed in 0..<1000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let seconds =
        Int64.random(in: -9_000_000_000...9_000_000_000, using: &random)
        >> Int64.random(in: 0...34, using: &random)
      let rest = Int64.random(in: 0..<1_000_000_000_000_000_000, using: &random)
      let duration = Duration(
        secondsComponent: seconds, attosecondsComponent: seconds < 0 ? -rest : rest)
      let sign: Int64 = seconds < 0 ? -1 : 1
      #expect(
        duration.wholeNanoseconds == seconds * 1_000_000_000 + sign * (rest / 1_000_000_000))
    }
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    #expect(Duration(secondsComponent: 0, attosecondsComponent: -1).wholeNanoseconds == 0)
  }
}
