import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let idempotency: [ConformanceCase] = [
    ConformanceCase("a key that was used says that its operation is running") { storage in
      try await storage.store(1, key: Samples.key())
      let again = try await storage.accept(
        Samples.operation(2), key: Samples.key(), lane: Samples.request(2, at: 100))
      #expect(again == .running(operationID: Samples.id(3, 1)))
      #expect(try await storage.operation(Samples.id(3, 2)) == nil)
      // Nor was the lane taken, though its lease had run out.
      #expect(
        try await storage.claimLane(Samples.heatPump(), Samples.request(2, at: 100))?.fence == 2)
    },
    ConformanceCase("a key that was answered gives the same answer again") { storage in
      try await storage.store(1, key: Samples.key())
      try await storage.conclude(1, .accepted, key: .answer(Samples.answer))
      for number in 2...3 {
        let again = try await storage.accept(
          Samples.operation(number), key: Samples.key(), lane: Samples.request())
        #expect(again == .repeated(Samples.answer))
      }
      #expect(try await storage.operation(Samples.id(3, 2)) == nil)
    },
    ConformanceCase("a later answer replaces the one before, and keeping leaves it") { storage in
      try await storage.store(1, key: Samples.key())
      try await storage.conclude(1, .accepted, key: .answer(Samples.answer))
      var answer = Samples.answer
      answer.status = 502
      answer.headers = []
      answer.body = []
      try await storage.conclude(1, .accepted, key: .answer(answer))
      try await storage.conclude(1, .verified, key: .keep)
      let again = try await storage.accept(
        Samples.operation(2), key: Samples.key(), lane: Samples.request())
      #expect(again == .repeated(answer))
    },
    ConformanceCase("an answer can be kept by itself, while the operation runs and afterwards") {
      storage in
      try await storage.store(1, key: Samples.key())
      try await storage.store(2, key: Samples.key("two"))
      let before = try await storage.operation(Samples.id(3, 1))
      try await storage.keepAnswer(Samples.answer, of: Samples.id(3, 1))
      #expect(try await storage.operation(Samples.id(3, 1)) == before)
      #expect(try await storage.again() == .repeated(Samples.answer))
      // No other key is touched, and another request is a mismatch still.
      #expect(
        try await storage.again(Samples.key("two")) == .running(operationID: Samples.id(3, 2)))
      #expect(try await storage.again(Samples.key(of: 2)) == .mismatch)
      try await storage.conclude(1, .accepted)
      var later = Samples.answer
      later.status = 412
      try await storage.keepAnswer(later, of: Samples.id(3, 1))
      #expect(try await storage.again() == .repeated(later))
    },
    ConformanceCase("without a key there is nothing to keep an answer for, and no fault") {
      storage in
      try await storage.store(1)
      for number in [1, 2] {
        try await storage.keepAnswer(Samples.answer, of: Samples.id(3, number))
      }
      #expect(try await storage.operation(Samples.id(3, 2)) == nil)
      // A key that was released, or used again since, is not its operation's any more.
      try await storage.store(3, key: Samples.key())
      try await storage.conclude(3, .failed, key: .release)
      try await storage.keepAnswer(Samples.answer, of: Samples.id(3, 3))
      #expect(try await storage.store(4, key: Samples.key()) != nil)
      try await storage.keepAnswer(Samples.answer, of: Samples.id(3, 3))
      #expect(try await storage.again() == .running(operationID: Samples.id(3, 4)))
    },
    ConformanceCase("the same key for another request is a mismatch, running or answered") {
      storage in
      try await storage.store(1, key: Samples.key())
      let other = Samples.key(of: 2)
      for _ in 1...2 {
        let again = try await storage.accept(
          Samples.operation(2), key: other, lane: Samples.request())
        #expect(again == .mismatch)
        try await storage.conclude(1, .accepted, key: .answer(Samples.answer))
      }
    },
    ConformanceCase("keys of different apps, and different keys, have nothing in common") {
      storage in
      let keys = [
        Samples.key(), Samples.key("two"), Samples.key(app: "billing"), Samples.key("ONE"),
      ]
      for (index, key) in keys.enumerated() {
        let stored = try await storage.store(index, key: key)
        #expect(stored != nil, "\(key)")
      }
    },
    ConformanceCase("a released key may be used again, also for another request") { storage in
      try await storage.store(1, key: Samples.key())
      try await storage.conclude(1, .failed, key: .release)
      #expect(try await storage.store(2, key: Samples.key(of: 2)) != nil)
    },
    ConformanceCase("the end of an operation leaves a key that became another's alone") {
      storage in
      try await storage.store(1, key: Samples.key())
      #expect(try await storage.pruneKeys(before: 2) == 1)
      try await storage.store(2, key: Samples.key())
      try await storage.conclude(1, .accepted, key: .answer(Samples.answer))
      try await storage.conclude(1, .verified, key: .release)
      let again = try await storage.accept(
        Samples.operation(3), key: Samples.key(), lane: Samples.request())
      #expect(again == .running(operationID: Samples.id(3, 2)))
    },
    ConformanceCase("keys go by their age when they are pruned, and not before") { storage in
      try await storage.store(1, key: Samples.key("one"))
      try await storage.store(2, key: Samples.key("two"))
      #expect(try await storage.pruneKeys(before: 1) == 0)
      #expect(try await storage.pruneKeys(before: 2) == 1)
      #expect(try await storage.store(3, key: Samples.key("one")) != nil)
      let second = try await storage.accept(
        Samples.operation(4), key: Samples.key("two"), lane: Samples.request())
      #expect(second == .running(operationID: Samples.id(3, 2)))
    },
    ConformanceCase("of a hundred equal keys at one moment one is accepted") { storage in
      let acceptances = try await withThrowingTaskGroup(of: Acceptance.self) { group in
        for number in 1...100 {
          group.addTask {
            try await storage.accept(
              Samples.operation(number), key: Samples.key(), lane: Samples.request(number))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let accepted = acceptances.compactMap(\.operation)
      let winner = try #require(accepted.first)
      #expect(accepted.count == 1)
      #expect(
        acceptances.filter { $0 == .running(operationID: winner.request.id) }.count == 99)
      #expect(try await storage.openOperations(of: Samples.heatPump()) == [winner])
    },
  ]
}

extension Storage {
  /// What one more request with a key gets.
  fileprivate func again(_ key: IdempotencyKey = Samples.key()) async throws -> Acceptance {
    try await accept(Samples.operation(99), key: key, lane: Samples.request())
  }

  fileprivate func pruneKeys(before seconds: Int64) async throws -> Int {
    try await prune(
      operations: Samples.time(-1000), keys: Samples.time(seconds), settings: Samples.time(-1000))
  }
}
