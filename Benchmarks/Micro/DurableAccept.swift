import GatewayCore
import SQLiteStorage
import Storage

/// Events with their operations on the disk, and nothing of what is before or behind that.
enum DurableAccept {
  private static let seconds = 1
  private static let heatPumps = 256

  /// A line for one caller that waits for each event, and one for 64 callers that share the waiting.
  ///
  /// - Parameter path: where the database is made.
  static func lines(path: String) async throws -> [String] {
    let storage = try await SQLiteStorage.open(path: path)
    let random = SystemRandomSource()
    var lines: [String] = []
    for callers in [1, 64] {
      let nanoseconds = try await measure(storage, random, callers: callers)
      lines.append("keep an event, \(callers) waiting\t\(nanoseconds)")
    }
    await storage.close()
    return lines
  }

  // How long it takes until the next is durable.
  private static func measure(
    _ storage: SQLiteStorage, _ random: SystemRandomSource, callers: Int
  ) async throws -> Int64 {
    let (clock, owner) = (SystemClock(), random.timeOrderedID(at: SystemClock().wall))
    let start = clock.monotonic
    let end = start + .seconds(seconds)
    let count = try await withThrowingTaskGroup { group in
      for caller in 0..<callers {
        group.addTask {
          var count = 0
          while clock.monotonic < end {
            let now = clock.wall
            _ = try await storage.accept(
              event(heatPump: (caller + count * callers) % heatPumps, random, at: now),
              lane: LaneRequest(owner: owner, now: now, until: now + .seconds(60)))
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    return (clock.monotonic - start).wholeNanoseconds / Int64(count)
  }

  private static func event(
    heatPump number: Int, _ random: SystemRandomSource, at now: Timestamp
  ) -> NewHookEvent {
    let id = random.timeOrderedID(at: now)
    let operation = NewOperation(
      id: random.timeOrderedID(at: now),
      heatPump: HeatPumpReference(
        organisation: "acme", user: ResourceID(high: 1, low: UInt64(number / 4)),
        id: ResourceID(high: 2, low: UInt64(number))),
      origin: OperationOrigin(kind: .hook, name: "house", occasion: id.description),
      patch: Array(#"{"hot_water":{"standard_temperature":50.5}}"#.utf8), acceptedAt: now,
      expiresAt: now + .seconds(600))
    return NewHookEvent(
      id: id, organisation: "acme", hook: "house", key: random.bytes(32), receivedAt: now,
      body: [UInt8](repeating: 0x78, count: 480),
      decision: .operation(operation, rule: "hot-water"))
  }
}
