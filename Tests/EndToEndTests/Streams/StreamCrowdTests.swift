import GatewayCore
import Glibc
import TestSupport
import Testing

/// Goal: thousands of streams cost a few kilobytes each and next to nothing while nothing happens,
/// and each of them gets each event once.
/// Method: as many streams as `PODERO_STREAMS` says over one gateway, few in every run and 2,000 by
/// `scripts/streams.sh`; what the kernel says of the gateway's memory and time.
@Suite struct StreamCrowdTests {
  private static let count = number("PODERO_STREAMS") ?? 60
  private static let events = count > 500 ? 20 : 5
  /// For how long nothing happens, in seconds.
  private static let quiet = count > 500 ? 30 : 1

  @Test func `a crowd of streams is cheap, and each gets all`() async throws {
    let log = try SeededLog()
    try await log.append(1...10)
    try await withStage(gateway: { setup in
      log.apply(to: &setup)
      setup.logLevel = "info"
      setup.more["limits"] = [
        "streams": number(Self.count), "streams_per_app": number(Self.count),
        "streams_per_address": number(Self.count),
        "connections_per_address": number(Self.count + 100),
      ]
    }) { stage in
      let start = try ProcessFigures(stage.gateway.id)
      var streams: [StreamClient] = []
      for _ in 0..<Self.count { streams.append(try await StreamClient.open(stage, .portal)) }
      for stream in streams { #expect(try await stream.next()?.id == 10) }
      let open = try ProcessFigures(stage.gateway.id)
      // Idle on purpose: that is what is measured.
      try await Task.sleep(for: .seconds(Self.quiet))
      let idle = try ProcessFigures(stage.gateway.id)
      for number in 11..<11 + Self.events {
        try await log.append(number...number)
        for stream in streams { #expect(try await stream.event()?.id == number) }
      }
      let told = try ProcessFigures(stage.gateway.id)
      #expect(try await stage.metric("streams") == Double(Self.count))
      #expect(
        try await stage.metric(#"stream_events_total{organisation="acme"}"#)
          == Double(Self.count * Self.events))
      let perStream = (open.kilobytes - start.kilobytes) / Self.count
      let cpu = (idle.cpu - open.cpu).seconds / Double(Self.quiet)
      report(
        "streams: \(Self.count) streams, \(start.kilobytes) KiB before, \(perStream) KiB for each, "
          + "\(told.kilobytes) KiB at the end; idle for \(Self.quiet) s: \(percent(cpu)) % of a core; "
          + "one event to all: \((told.cpu - idle.cpu).milliseconds / Self.events) ms of CPU; "
          + "\(told.threads) threads")
      // Far above what is measured: for a mistake of kind, not of degree.
      #expect(perStream < 100 || Self.count < 500)
      #expect(cpu < 0.2)
      #expect(told.threads < 40)
    }
  }

  private func number(_ value: Int) -> JSONValue { .number(ExactDecimal(value)) }

  private func percent(_ share: Double) -> Double { (share * 10000).rounded() / 100 }

  private static func number(_ name: String) -> Int? {
    getenv(name).flatMap { Int(String(cString: $0)) }.flatMap { $0 > 0 ? $0 : nil }
  }
}

/// What the kernel says of a process.
struct ProcessFigures {
  /// Memory that is present, in KiB.
  let kilobytes: Int
  /// How long its threads have run together.
  let cpu: Duration
  let threads: Int

  init(_ id: Int32) throws {
    func field(_ name: String, in text: String) -> Int {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
    let status = try Self.text("/proc/\(id)/status")
    kilobytes = field("VmRSS", in: status)
    threads = field("Threads", in: status)
    let words = try Self.text("/proc/\(id)/stat").split(separator: " ")
    // Fields 14 and 15 in ticks (proc(5)); the name in field 2 has no blanks here.
    let ticks = words[13...14].reduce(0) { $0 + (Int($1) ?? 0) }
    cpu = .milliseconds(ticks * 1000 / sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func text(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else {
      throw DatabaseEditor.Failure(words: "cannot read \(path)")
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}

extension Duration {
  fileprivate var milliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
