import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let answers: [ConformanceCase] = [
    ConformanceCase("answers come the newest first, as far as the bytes reach") { storage in
      let answers = [(1, 10, 30), (2, 30, 20), (3, 20, 20)].map { number, seconds, size in
        Self.answer(number, at: Int64(seconds), size: size)
      }
      try await storage.keep(
        answers: answers + [Self.answer(4, of: "south", at: 99, size: 1)], settings: [], gone: [])
      for (bytes, numbers) in [
        (1000, [2, 3, 1]), (70, [2, 3, 1]), (69, [2, 3]), (40, [2, 3]), (39, [2]), (19, []),
        (0, []),
      ] {
        let found = try await storage.answers(of: "north", bytes: bytes)
        #expect(found.map(\.heatPump) == numbers.map { Samples.heatPump($0) }, "\(bytes)")
      }
      #expect(try await storage.answers(of: "north", bytes: 70).contains(answers[0]))
      #expect(try await storage.answers(of: "east", bytes: 70) == [])
    },
    ConformanceCase("of one heat pump the newest answer counts, however they come") { storage in
      for (seconds, size) in [(10, 1), (30, 3), (20, 2)] {
        try await storage.keep(
          answers: [Self.answer(1, at: Int64(seconds), size: size)], settings: [], gone: [])
      }
      #expect(
        try await storage.answers(of: "north", bytes: 9) == [Self.answer(1, at: 30, size: 3)])
      try await storage.keep(
        answers: [Self.answer(1, at: 50, size: 5), Self.answer(1, at: 40, size: 4)],
        settings: [], gone: [])
      #expect(
        try await storage.answers(of: "north", bytes: 9) == [Self.answer(1, at: 50, size: 5)])
    },
    ConformanceCase("what is gone is forgotten, and may come again") { storage in
      try await storage.keep(
        answers: [Self.answer(1, at: 10, size: 1), Self.answer(2, at: 10, size: 1)],
        settings: [Self.settings(1, tag: 7, at: 10)], gone: [])
      try await storage.keep(
        answers: [], settings: [], gone: [Samples.heatPump(1), Samples.heatPump(9)])
      #expect(
        try await storage.answers(of: "north", bytes: 9) == [Self.answer(2, at: 10, size: 1)])
      #expect(try await storage.settings(of: Samples.heatPump(1), tag: 7) != nil)
      try await storage.keep(
        answers: [Self.answer(1, at: 5, size: 1)], settings: [], gone: [])
      #expect(try await storage.answers(of: "north", bytes: 9).count == 2)
    },
    ConformanceCase("settings are found by heat pump and tag, the newest of each") { storage in
      let tags: [UInt64] = [0, 1, 1 << 63, .max]
      for (index, tag) in tags.enumerated() {
        try await storage.keep(
          answers: [], settings: [Self.settings(1, tag: tag, at: Int64(index))], gone: [])
      }
      for (index, tag) in tags.enumerated() {
        #expect(
          try await storage.settings(of: Samples.heatPump(1), tag: tag)
            == Self.settings(1, tag: tag, at: Int64(index)))
      }
      #expect(try await storage.settings(of: Samples.heatPump(2), tag: 1) == nil)
      #expect(try await storage.settings(of: Samples.heatPump(1), tag: 2) == nil)
      try await storage.keep(
        answers: [],
        settings: [Self.settings(1, tag: 0, at: 20), Self.settings(1, tag: 0, at: 10)], gone: [])
      #expect(
        try await storage.settings(of: Samples.heatPump(1), tag: 0)?.seenAt == Samples.time(20))
    },
  ]

  static let pruning: [ConformanceCase] = [
    ConformanceCase("operations go some time after their end, open ones never") { storage in
      for number in 1...4 { try await storage.store(number) }
      try await storage.conclude(1, .verified, at: 10)
      try await storage.conclude(2, .failed, at: 20)
      try await storage.conclude(3, .queued, at: 5)
      let count = try await storage.prune(
        operations: Samples.time(20), keys: Samples.time(-1), settings: Samples.time(-1))
      #expect(count == 1)
      let left = try await storage.operations(of: Samples.heatPump(), before: nil, limit: 9)
      #expect(left.map(\.sequence) == [4, 3, 2])
      #expect(try await storage.operation(Samples.id(3, 1)) == nil)
    },
    ConformanceCase("settings go some time after they were last seen") { storage in
      try await storage.keep(
        answers: [],
        settings: [Self.settings(1, tag: 1, at: 10), Self.settings(1, tag: 2, at: 20)], gone: [])
      let count = try await storage.prune(
        operations: Samples.time(-1), keys: Samples.time(-1), settings: Samples.time(20))
      #expect(count == 1)
      #expect(try await storage.settings(of: Samples.heatPump(1), tag: 1) == nil)
      #expect(try await storage.settings(of: Samples.heatPump(1), tag: 2) != nil)
    },
    ConformanceCase("a key answers for longer than its operation is kept") { storage in
      try await storage.store(1, key: Samples.key())
      try await storage.conclude(1, .accepted, key: .answer(Samples.answer), at: 10)
      let count = try await storage.prune(
        operations: Samples.time(20), keys: Samples.time(-1), settings: Samples.time(-1))
      #expect(count == 1)
      let again = try await storage.accept(
        Samples.operation(2), key: Samples.key(), lane: Samples.request())
      #expect(again == .repeated(Samples.answer))
    },
    ConformanceCase("much is pruned as well as little, and fences and the trail stay") { storage in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...1200 {
          group.addTask { try await storage.store(number, key: Samples.key("\(number)")) }
        }
        try await group.waitForAll()
      }
      try await storage.conclude(
        (1...1200).map { Conclusion(operationID: Samples.id(3, $0), state: .verified) },
        at: Samples.time(10), lease: nil, audit: [Samples.entry(1)])
      let later = Samples.time(5000)
      #expect(try await storage.prune(operations: later, keys: later, settings: later) == 2400)
      #expect(
        try await storage.operations(of: Samples.heatPump(), before: nil, limit: 9) == [])
      #expect(
        try await storage.claimLane(Samples.heatPump(), Samples.request(at: 60))?.fence == 2)
      #expect(try await storage.auditTrail(after: 0, limit: 9).count == 1)
    },
  ]

  private static func answer(
    _ number: Int, of organisation: String = "north", at seconds: Int64, size: Int
  ) -> StoredHeatPump {
    StoredHeatPump(
      heatPump: Samples.heatPump(number, of: organisation),
      upstream: [UInt8](repeating: 0x20, count: size), fetchedAt: Samples.time(seconds))
  }

  private static func settings(
    _ number: Int, tag: UInt64, at seconds: Int64
  ) -> StoredSettings {
    StoredSettings(
      heatPump: Samples.heatPump(number), tag: tag, values: Array("{\"\(seconds)\":1}".utf8),
      seenAt: Samples.time(seconds))
  }
}
