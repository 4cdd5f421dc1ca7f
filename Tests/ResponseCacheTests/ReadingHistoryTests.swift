import GatewayCore
import HeatPumps
import Testing

@testable import ResponseCache

/// Goal: past readings are those of the device's own times, bounded, and cost nothing unless wanted.
/// Method: answers with chosen times of observation.
@Suite struct ReadingHistoryTests {
  private let history = ReadingHistory(bytes: 1 << 20)

  private func note(_ minute: Int, _ members: String = "", in history: ReadingHistory? = nil) throws
  {
    let time = Timestamp(microseconds: 1_790_000_000_000_000 + Int64(minute) * 60_000_000)
    let document = try entry(
      #","current_state_last_updated_at":"\#(time)"\#(members)"#, at: 0
    ).document
    (history ?? self.history).note(document, of: pumpKey)
  }

  @Test func `a reading counts by the device's time, and once`() throws {
    try note(0, #","indoor_actual_temperature":21.5,"current_power_consumption_w":900"#)
    try note(0, #","indoor_actual_temperature":99"#)
    try note(-5, #","indoor_actual_temperature":99"#)
    try note(5, #","indoor_actual_temperature":null"#)
    let samples = history.samples(of: pumpKey)
    #expect(samples.map { $0.value(1) } == [21.5, nil])
    #expect(samples.first?.value(0) == 900)
    #expect(samples.first?.value(2) == nil)
  }

  @Test func `readings keep their distance, and the newest is always there`() throws {
    for minute in [0, 1, 2, 3, 4, 5] { try note(minute) }
    let minutes = history.samples(of: pumpKey).map {
      ($0.observedAt.microseconds - 1_790_000_000_000_000) / 60_000_000
    }
    #expect(minutes == [0, 2, 4, 5])
  }

  @Test func `the oldest go when there are many, and all is within its bytes`() throws {
    for number in 0..<400 { try note(number * 5) }
    #expect(history.samples(of: pumpKey).count == ReadingHistory.length)
    let small = ReadingHistory(bytes: 16 * 1000)
    for number in 0..<400 { try note(number * 5, in: small) }
    #expect(small.samples(of: pumpKey).count * MemoryLayout<ReadingSample>.stride < 1000)
  }

  @Test func `a cache keeps none unless it is told to`() throws {
    #expect(ResponseCache(bytes: 1 << 20).history(pumpKey) == nil)
    #expect(ResponseCache(bytes: 1 << 20, historyBytes: 1 << 16).history(pumpKey) == [])
  }
}
