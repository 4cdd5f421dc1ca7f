import Foundation
import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: whatever hostile clients hold open, memory is bounded and others are served as before.
/// Method: crowds of connections on raw sockets beside a healthy caller; `scripts/hard-http.sh`
/// runs it at full size and prints the figures.
@Suite(.serialized) struct HardLoadTests {
  /// How many connections a crowd has; `PODERO_HARD_CONNECTIONS` sets the full size.
  static let size =
    ProcessInfo.processInfo.environment["PODERO_HARD_CONNECTIONS"].flatMap { Int($0) } ?? 300
  static let isFull = ProcessInfo.processInfo.environment["PODERO_HARD_CONNECTIONS"] != nil
  /// How long a healthy caller's slowest hundredth may take on a machine that is busy with tests.
  static let patience = 1000.0

  @Test func `idle connections cost bounded memory and nobody's time`() async throws {
    try await withHealthyCaller("idle") { stage, crowd in
      try HardLoadTests.fill(crowd, HardLoadTests.size, sending: HardLoadTests.health)
    }
  }

  @Test func `heads that never end hold nobody up`() async throws {
    try await withHealthyCaller("half a head") { stage, crowd in
      try HardLoadTests.fill(
        crowd, HardLoadTests.size / 4, sending: "GET / HTTP/1.1\r\nHost: h\r\nX: ")
    }
  }

  @Test func `bodies that never end hold nobody up`() async throws {
    let part = "POST /v1/hooks/x HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n"
    try await withHealthyCaller("16 KiB of a body") { stage, crowd in
      try HardLoadTests.fill(
        crowd, HardLoadTests.size / 4, sending: part + String(repeating: "a", count: 16384))
    }
  }

  @Test func `readers that do not read hold nobody up`() async throws {
    let requests = String(repeating: HardLoadTests.read, count: 200)
    try await withHealthyCaller("200 answers unread") { stage, crowd in
      try HardLoadTests.fill(
        crowd, HardLoadTests.size / 10, sending: requests, receiveBuffer: 4096)
    }
  }

  @Test func `clients that finish halfway keep no core busy`() async throws {
    try await withStage { stage in
      let clients = try (0..<20).map { _ in try RawHTTPClient(port: stage.gateway.port) }
      for (index, client) in clients.enumerated() {
        try await client.send(index % 2 == 0 ? "GET / HT" : "GET / HTTP/1.1\r\nHost: h\r\n")
        client.finishSending()
      }
      // Long before any time limit.
      for client in clients { #expect(try await client.readToEnd() == "") }
    }
  }

  @Test func `a flood from one address is cut at its limit, and others get in`() async throws {
    let limit = HardLoadTests.size / 10
    try await withStage(gateway: {
      $0.more["listen"] = ["port": 0, "threads": 1]
      $0.more["limits"] = ["connections_per_address": .number(ExactDecimal(limit))]
    }) { stage in
      let crowd = ManyConnections(port: stage.gateway.port)
      try crowd.open(limit * 2, from: "127.0.9.9")
      try await eventually("end of those above the limit") { crowd.open == limit }
      let times = try await HealthyCaller(stage).measure(count: 50)
      #expect(times.percentile(99) < HardLoadTests.patience)
      HardLoadTests.report(
        "flood of \(limit * 2), \(limit) allowed: p99 \(times.percentile(99)) ms")
      crowd.closeAll()
    }
  }

  @Test func `connections never take the descriptors that the way upstream needs`() async throws {
    try await withStage(gateway: {
      $0.wrapper = ["/bin/sh", "-c", "ulimit -n 240; exec \"$@\"", "sh"]
      $0.setTinyCache()
    }) { stage in
      let healthy = try RawHTTPClient(port: stage.gateway.port)
      #expect(try await healthy.exchange(HardLoadTests.health).status == 200)
      let crowd = ManyConnections(port: stage.gateway.port)
      try HardLoadTests.fill(crowd, 400, sending: HardLoadTests.health)
      // Three quarters of the descriptors; the others wait in the kernel's queue.
      let held = try await settled(stage)
      // The connection that asks is among them.
      #expect((150...181).contains(held))
      for _ in 0..<5 { #expect(try await healthy.exchange(HardLoadTests.read).status == 200) }
      crowd.closeAll()
    }
  }

  static let health = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
  static let read =
    "GET /v1/heat-pumps/smith-home HTTP/1.1\r\nHost: h\r\n"
    + "Authorization: Bearer \(TestKey.portal.key)\r\n\r\n"

  /// Opens connections from as many addresses as it takes, 1,500 from each.
  static func fill(
    _ crowd: ManyConnections, _ count: Int, sending text: String, receiveBuffer: Int32? = nil
  ) throws {
    var left = count
    var network = 1
    while left > 0 {
      try crowd.open(
        min(left, 1500), from: "127.0.\(network).1", sending: Array(text.utf8),
        receiveBuffer: receiveBuffer)
      left -= 1500
      network += 1
    }
  }

  static func report(_ line: String) {
    if isFull { FileHandle.standardOutput.write(Data("HARD \(line)\n".utf8)) }
  }
}

/// Measures a healthy caller alone and beside a crowd, and the memory that the crowd takes.
private func withHealthyCaller(
  _ name: String, _ gather: @escaping @Sendable (Stage, ManyConnections) throws -> Void
) async throws {
  try await withStage(gateway: {
    $0.more["limits"] = ["request_seconds": 600, "response_seconds": 600, "idle_seconds": 600]
    $0.logLevel = "notice"
  }) { stage in
    let count = HardLoadTests.isFull ? 2000 : 100
    let caller = try HealthyCaller(stage)
    let alone = try await caller.measure(count: count)
    let before = residentKiB(stage.gateway.id)
    let crowd = ManyConnections(port: stage.gateway.port)
    try gather(stage, crowd)
    let held = try await settled(stage)
    let beside = try await caller.measure(count: count)
    let grown = residentKiB(stage.gateway.id) - before
    #expect(beside.percentile(99) < HardLoadTests.patience)
    // A connection's pool, and what a body or the kernel's records may add. Sanitizers surround each
    // piece of memory, and keep it for a while.
    #expect(grown < (held + 300) * 48 * testPatience)
    HardLoadTests.report(
      "\(name): \(held) held, \(grown * 10 / max(held, 1)) tenths of a KiB each, \(grown / 1024) MiB; "
        + "healthy p50/p99 alone \(alone.percentile(50))/\(alone.percentile(99)) ms, "
        + "beside \(beside.percentile(50))/\(beside.percentile(99)) ms")
    crowd.closeAll()
  }
}

// Waits until no more connections are taken.
private func settled(_ stage: Stage) async throws -> Int {
  let last = Locked(-1.0)
  let calm = Locked(0)
  try await eventually("calm", within: .seconds(60)) {
    let now = try await stage.metric("connections") ?? 0
    let before = last.withLock { last in
      defer { last = now }
      return last
    }
    return calm.withLock { calm in
      calm = before == now ? calm + 1 : 0
      return calm >= 10
    }
  }
  return Int(last.withLock { $0 })
}

private func residentKiB(_ process: Int32) -> Int {
  let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
  return line.flatMap { Int($0.split(separator: " ", omittingEmptySubsequences: true)[1]) } ?? 0
}

/// Reads one heat pump from the cache again and again over one connection.
private struct HealthyCaller: Sendable {
  let client: RawHTTPClient

  init(_ stage: Stage) throws {
    client = try RawHTTPClient(port: stage.gateway.port, timeout: 60)
  }

  /// Milliseconds of each request.
  func measure(count: Int) async throws -> [Double] {
    let clock = SystemClock()
    var times: [Double] = []
    for _ in 0..<count {
      let start = clock.monotonic
      let answer = try await client.exchange(HardLoadTests.read)
      #expect(answer.status == 200)
      times.append(Double(clock.monotonic.nanoseconds - start.nanoseconds) / 1_000_000)
    }
    return times
  }
}

extension [Double] {
  fileprivate func percentile(_ percent: Int) -> Double {
    let sorted = sorted()
    return (sorted[Swift.min(sorted.count - 1, sorted.count * percent / 100)] * 100).rounded() / 100
  }
}
