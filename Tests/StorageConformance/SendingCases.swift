import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let sending: [ConformanceCase] = [
    ConformanceCase("an operation that is sent has one attempt more, each time") { storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      try await storage.store(2)
      let attempts = [Samples.attempt(5, body: 0), Samples.attempt(7)]
      for attempt in attempts {
        try await storage.markSent([Samples.id(3, 1), Samples.id(3, 2)], attempt, lease: lease)
      }
      for number in 1...2 {
        let stored = try #require(try await storage.operation(Samples.id(3, number)))
        #expect(stored.state == .sent)
        #expect(stored.attempts == attempts)
        #expect(stored.changedAt == Samples.time(7))
        #expect(stored.request == Samples.operation(number))
      }
    },
    ConformanceCase("an operation that departs with the next right is stored as sent, or queued") {
      storage in
      try await storage.emptyLane()
      let acceptance = try await storage.accept(
        Samples.operation(1), key: nil, lane: Samples.request(at: 2),
        departing: Departure(attempt: Samples.attempt(5), lastFence: 1))
      #expect(acceptance.lease?.fence == 2)
      let stored = try #require(acceptance.operation)
      let isSent = stored.state == .sent
      #expect(
        stored
          == StoredOperation(
            request: Samples.operation(1), sequence: 1, state: isSent ? .sent : .queued,
            attempts: isSent ? [Samples.attempt(5)] : [], changedAt: Samples.time(isSent ? 5 : 1)))
      #expect(try await storage.operation(stored.request.id) == stored)
      #expect(try await storage.openOperations(of: Samples.heatPump()) == [stored])
      let lease = try #require(acceptance.lease)
      try await storage.markSent([stored.request.id], Samples.attempt(9), lease: lease)
      #expect(
        try await storage.operation(stored.request.id)?.attempts
          == stored.attempts + [Samples.attempt(9)])
    },
    ConformanceCase("an operation whose right is another one, or none, does not depart") {
      storage in
      try await storage.emptyLane()
      for (number, lastFence) in [(1, 0), (2, 2), (3, 1)] as [(Int, Int64)] {
        let acceptance = try await storage.accept(
          Samples.operation(number), key: nil, lane: Samples.request(at: 2),
          departing: Departure(attempt: Samples.attempt(5), lastFence: lastFence))
        #expect(acceptance.operation?.state == .queued)
        #expect(acceptance.operation?.attempts == [])
        #expect(try await storage.state(of: number) == .queued)
      }
    },
    ConformanceCase("nothing is sent without the lane") { storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      _ = try await storage.claimLane(Samples.heatPump(), Samples.request(2, at: 60))
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.markSent([Samples.id(3, 1)], Samples.attempt(61), lease: lease)
      }
      #expect(try await storage.operation(Samples.id(3, 1))?.attempts == [])
      #expect(try await storage.state(of: 1) == .queued)
    },
    ConformanceCase("nothing is sent if one of the operations has ended or is elsewhere") {
      storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      try await storage.store(2)
      try await storage.store(3, on: Samples.heatPump(2))
      _ = try await storage.cancel(
        Samples.id(3, 2), at: Samples.time(1), audit: Samples.entry(2, .cancelled))
      for other in [2, 3, 99] {
        await #expect(throws: StorageFault.outdated) {
          try await storage.markSent(
            [Samples.id(3, 1), Samples.id(3, other)], Samples.attempt(2), lease: lease)
        }
      }
      #expect(try await storage.operation(Samples.id(3, 1))?.attempts == [])
      #expect(try await storage.state(of: 1) == .queued)
      #expect(try await storage.state(of: 3) == .queued)
    },
  ]

  static let concluding: [ConformanceCase] = [
    ConformanceCase("every outcome is stored with its time and words") { storage in
      for (index, state) in OperationState.allCases.enumerated() where !state.isOpen {
        try await storage.store(index)
        let outcome = Array(#"{"problem":"\#(state)"}"#.utf8)
        try await storage.conclude(
          [Conclusion(operationID: Samples.id(3, index), state: state, outcome: outcome)],
          at: Samples.time(200), lease: nil, audit: [])
        let stored = try #require(try await storage.operation(Samples.id(3, index)))
        #expect(stored.state == state)
        #expect(stored.outcome == outcome)
        #expect(stored.changedAt == Samples.time(200))
      }
      #expect(try await storage.openOperations(of: Samples.heatPump()) == [])
    },
    ConformanceCase("a whole slot ends at once, in its lane, with its audit entries") { storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      try await storage.store(2)
      try await storage.conclude(
        [
          Conclusion(operationID: Samples.id(3, 1), state: .superseded),
          Conclusion(operationID: Samples.id(3, 2), state: .accepted),
        ], at: Samples.time(9), lease: lease,
        audit: [Samples.entry(1, .superseded), Samples.entry(2)])
      #expect(try await storage.state(of: 1) == .superseded)
      #expect(try await storage.state(of: 2) == .accepted)
      #expect(try await storage.auditTrail(after: 0, limit: 9).map(\.entry.state).count == 2)
    },
    ConformanceCase("an operation that goes back to the queue waits until its time") { storage in
      try await storage.store(1)
      try await storage.conclude(
        [
          Conclusion(
            operationID: Samples.id(3, 1), state: .queued, notBefore: Samples.time(500))
        ], at: Samples.time(10), lease: nil, audit: [])
      let stored = try #require(try await storage.operation(Samples.id(3, 1)))
      #expect(stored.state == .queued)
      #expect(stored.request.notBefore == Samples.time(500))
      #expect(try await storage.openOperations(of: Samples.heatPump()) == [stored])
    },
    ConformanceCase("superseded fields add up, and the outcome is replaced") { storage in
      try await storage.store(1)
      for (fields, outcome) in [
        (["/a": 2, "/b": 2], "1"), (["/b~1\"": 3, "/b": 4], "2"), ([:], "3"),
      ] {
        try await storage.conclude(
          [
            Conclusion(
              operationID: Samples.id(3, 1), state: .accepted, outcome: Array(outcome.utf8),
              supersededFields: fields.mapValues { Samples.id(3, $0) })
          ], at: Samples.time(10), lease: nil, audit: [])
      }
      let stored = try #require(try await storage.operation(Samples.id(3, 1)))
      #expect(
        stored.supersededFields
          == ["/a": 2, "/b": 4, "/b~1\"": 3].mapValues { Samples.id(3, $0) })
      #expect(stored.outcome == Array("3".utf8))
    },
    ConformanceCase("what has ended does not end again") { storage in
      for (index, state) in OperationState.allCases.enumerated()
      where !state.isOpen && state != .accepted {
        try await storage.store(index)
        try await storage.conclude(index, state)
        await #expect(throws: StorageFault.outdated, "\(state)") {
          try await storage.conclude(
            [Conclusion(operationID: Samples.id(3, index), state: .expired)],
            at: Samples.time(900), lease: nil, audit: [Samples.entry(index)])
        }
        #expect(try await storage.operation(Samples.id(3, index))?.changedAt == Samples.time(100))
      }
      #expect(try await storage.auditTrail(after: 0, limit: 1) == [])
    },
    ConformanceCase("if one conclusion does not apply, none does") { storage in
      let lease = try #require(
        try await storage.accept(
          Samples.operation(1), key: Samples.key(), lane: Samples.request()
        ).lease)
      try await storage.store(2, on: Samples.heatPump(2))
      for other in [2, 99] {
        await #expect(throws: StorageFault.outdated) {
          try await storage.conclude(
            [
              Conclusion(operationID: Samples.id(3, 1), state: .accepted, key: .release),
              Conclusion(operationID: Samples.id(3, other), state: .accepted),
            ], at: Samples.time(9), lease: lease, audit: [Samples.entry(1)])
        }
      }
      #expect(try await storage.state(of: 1) == .queued)
      #expect(try await storage.state(of: 2) == .queued)
      #expect(try await storage.auditTrail(after: 0, limit: 1) == [])
      let again = try await storage.accept(
        Samples.operation(3), key: Samples.key(), lane: Samples.request())
      #expect(again == .running(operationID: Samples.id(3, 1)))
    },
    ConformanceCase("a lost lease ends nothing") { storage in
      let lease = try #require(
        try await storage.accept(
          Samples.operation(1), key: Samples.key(), lane: Samples.request()
        ).lease)
      _ = try await storage.claimLane(Samples.heatPump(), Samples.request(2, at: 60))
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.conclude(
          [Conclusion(operationID: Samples.id(3, 1), state: .accepted, key: .release)],
          at: Samples.time(61), lease: lease, audit: [Samples.entry(1)])
      }
      #expect(try await storage.state(of: 1) == .queued)
      #expect(try await storage.auditTrail(after: 0, limit: 1) == [])
    },
  ]

  static let cancelling: [ConformanceCase] = [
    ConformanceCase("a queued operation is withdrawn, its key released, and the trail says so") {
      storage in
      try await storage.store(1, key: Samples.key())
      let cancellation = try await storage.cancel(
        Samples.id(3, 1), at: Samples.time(5), audit: Samples.entry(1, .cancelled))
      var expected = StoredOperation(
        request: Samples.operation(1), sequence: 1, state: .cancelled,
        changedAt: Samples.time(5))
      #expect(cancellation == .cancelled(expected))
      #expect(try await storage.operation(Samples.id(3, 1)) == expected)
      #expect(
        try await storage.auditTrail(after: 0, limit: 9).map(\.entry)
          == [Samples.entry(1, .cancelled)])
      expected.sequence += 1
      #expect(try await storage.store(2, key: Samples.key())?.sequence == expected.sequence)
    },
    ConformanceCase("what was sent or has ended is not withdrawn, and the trail says nothing") {
      storage in
      let lease = try #require(
        try await storage.accept(
          Samples.operation(1), key: Samples.key(), lane: Samples.request()
        ).lease)
      try await storage.markSent([Samples.id(3, 1)], Samples.attempt(1), lease: lease)
      for state in [OperationState.accepted, .verified] {
        let stored = try #require(try await storage.operation(Samples.id(3, 1)))
        let cancellation = try await storage.cancel(
          Samples.id(3, 1), at: Samples.time(5), audit: Samples.entry(1, .cancelled))
        #expect(cancellation == .tooLate(stored))
        #expect(try await storage.operation(Samples.id(3, 1)) == stored)
        try await storage.conclude(1, state)
      }
      #expect(try await storage.auditTrail(after: 0, limit: 1) == [])
      let again = try await storage.accept(
        Samples.operation(2), key: Samples.key(), lane: Samples.request())
      #expect(again == .running(operationID: Samples.id(3, 1)))
    },
    ConformanceCase("what is not there cannot be withdrawn") { storage in
      let cancellation = try await storage.cancel(
        Samples.id(3, 1), at: Samples.time(5), audit: Samples.entry(1, .cancelled))
      #expect(cancellation == .notFound)
      #expect(try await storage.auditTrail(after: 0, limit: 1) == [])
    },
  ]
}
