public import GatewayCore

/// An update as it was received.
public struct ReceivedUpdate: Sendable {
  /// 1 for the first, then without gaps, in the order of arrival.
  public let sequence: Int
  /// When it had arrived as a whole, in real time.
  public let time: Timestamp
  /// The same in simulated time.
  public let simulatedTime: Timestamp
  /// The heat pump in the path, whether it exists or not.
  public let heatPump: ResourceID
  /// The body's bytes as they came, also of a chunked body, which the upstream itself ignores.
  public let body: [UInt8]
  /// Whether it was carried out.
  public let applied: Bool
  /// The status that was decided on; `nil` where no answer was to be given.
  public let status: Int?

  /// The body as text.
  public var text: String { String(decoding: body, as: UTF8.self) }

  var json: JSONValue {
    [
      "sequence": .count(sequence), "time": .time(time), "simulated_time": .time(simulatedTime),
      "heat_pump": .id(heatPump), "applied": .bool(applied),
      "status": status.map { .count($0) } ?? .null, "body": .string(text),
    ]
  }
}

/// The last updates, in the order of their arrival.
struct UpdateJournal: Sendable {
  private var entries: [ReceivedUpdate] = []
  private var count = 0
  let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  mutating func append(_ make: (_ sequence: Int) -> ReceivedUpdate) {
    count += 1
    entries.append(make(count))
    // Now and then and not each time, or every update would move all entries.
    if entries.count >= 2 * limit { entries.removeFirst(entries.count - limit) }
  }

  /// The kept updates after a sequence number, of one heat pump or of all.
  func updates(of heatPump: ResourceID?, after sequence: Int) -> [ReceivedUpdate] {
    let kept = entries.suffix(limit)
    let start = kept.partitioningIndex { $0.sequence > sequence }
    let tail = kept[start...]
    return heatPump.map { wanted in tail.filter { $0.heatPump == wanted } } ?? Array(tail)
  }

  mutating func clear() {
    entries.removeAll()
    count = 0
  }
}

extension RandomAccessCollection where Index == Int {
  /// The first index whose element fulfils `predicate`, if all after it do too.
  fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = low + (high - low) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
