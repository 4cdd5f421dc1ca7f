import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let hookEvents: [ConformanceCase] = [
    ConformanceCase("an event is stored as it came, with its operation queued and its lane taken") {
      storage in
      let event = Samples.event(1, body: [0, 255])
      let acceptance = try await storage.accept(event, lane: Samples.request(at: 5))
      let operation = StoredOperation(
        request: Samples.hookOperation(1), sequence: 1, state: .queued,
        changedAt: Samples.time(1))
      let stored = StoredHookEvent(
        id: event.id, organisation: "north", hook: "ring", key: event.key,
        receivedAt: Samples.time(1), decidedAt: Samples.time(1), body: [0, 255], sequence: 1,
        rule: "nobody-home", heatPump: Samples.heatPump(), refusal: nil, operation: operation,
        replays: 0)
      let lease = LaneLease(heatPump: Samples.heatPump(), fence: 1, until: Samples.time(65))
      #expect(acceptance == .accepted(stored, lease: lease))
      #expect(try await storage.event(1) == stored)
      #expect(try await storage.hookEvents(Samples.north, before: nil, limit: 9) == [stored])
      #expect(try await storage.openOperations(of: Samples.heatPump()) == [operation])
      #expect(stored.state == .accepted && stored.reason == nil)
    },
    ConformanceCase("an event without an operation is stored too, and takes no lane") { storage in
      let decisions: [HookEventDecision] = [
        .ignored, Samples.dead("no such heat pump"),
        Samples.dead("naïve \"reason\"", on: Samples.heatPump()),
      ]
      for (index, decision) in decisions.enumerated() {
        let body: [UInt8]? = index == 0 ? nil : []
        let event = Samples.event(index, body: body, decision: decision)
        let acceptance = try await storage.accept(event, lane: Samples.request())
        let stored = StoredHookEvent(accepting: event, sequence: Int64(index + 1))
        #expect(acceptance == .accepted(stored, lease: nil))
        #expect(try await storage.event(index) == stored)
        #expect(stored.body == body && stored.operation == nil)
      }
      let events = try await storage.hookEvents(Samples.north, before: nil, limit: 9)
      #expect(events.map(\.state) == [.dead, .dead, .ignored])
      #expect(events.map(\.reason) == ["naïve \"reason\"", "no such heat pump", nil])
      #expect(events.map(\.rule) == ["hot-water", nil, nil])
      #expect(events.map(\.heatPump) == [Samples.heatPump(), nil, nil])
      #expect(try await storage.claimLane(Samples.heatPump(), Samples.request())?.fence == 1)
    },
    ConformanceCase("an event that is not there is nil") { storage in
      let event = try await storage.event(1)
      #expect(event == nil)
    },
    ConformanceCase("the same event again is answered with the first, whatever became of it") {
      storage in
      try await storage.take(Samples.event(1))
      try await storage.take(Samples.event(2, decision: .ignored))
      for state in [OperationState.accepted, .verified] {
        for (key, number) in [(1, 3), (2, 4), (1, 1)] {
          let again = try await storage.accept(
            Samples.event(number, on: Samples.heatPump(2), key: key),
            lane: Samples.request(2, at: 100))
          #expect(again == .repeated(eventID: Samples.id(5, key)))
        }
        try await storage.conclude(1, state)
      }
      #expect(try await storage.event(3) == nil)
      #expect(try await storage.operation(Samples.id(3, 3)) == nil)
      #expect(try await storage.list() == [2, 1])
      // Nor was a lane taken.
      #expect(try await storage.claimLane(Samples.heatPump(2), Samples.request())?.fence == 1)
    },
    ConformanceCase("the same key of another hook is another event") { storage in
      try await storage.take(Samples.event(1))
      #expect(try await storage.take(Samples.event(2, hook: "door", key: 1)) != nil)
      #expect(try await storage.take(Samples.event(3, hook: "Ring", key: 1)) != nil)
      #expect(try await storage.openOperations(of: Samples.heatPump()).count == 3)
    },
    ConformanceCase("of a hundred equal events at one moment one is accepted") { storage in
      let acceptances = try await withThrowingTaskGroup(of: HookEventAcceptance.self) { group in
        for number in 1...100 {
          group.addTask {
            try await storage.accept(
              Samples.event(number, key: 1), lane: Samples.request(number))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let accepted = acceptances.compactMap(\.event)
      let winner = try #require(accepted.first)
      #expect(accepted.count == 1)
      #expect(acceptances.filter { $0 == .repeated(eventID: winner.id) }.count == 99)
      #expect(try await storage.openOperations(of: Samples.heatPump()) == [winner.operation])
      #expect(try await storage.list() == [winner.sequence])
    },
    ConformanceCase("an id is stored once; whoever comes second gets an error and leaves no trace")
    {
      storage in
      try await storage.take(Samples.event(1))
      let sameEvent = Samples.event(
        1, key: 2, decision: .operation(Samples.hookOperation(2), rule: "other"))
      let sameOperation = Samples.event(
        3, decision: .operation(Samples.hookOperation(1, on: Samples.heatPump(2)), rule: "other"))
      for event in [sameEvent, sameOperation] {
        await #expect(throws: StorageFault.self) { try await storage.take(event) }
      }
      #expect(try await storage.list() == [1])
      #expect(try await storage.operation(Samples.id(3, 2)) == nil)
      #expect(try await storage.event(3) == nil)
      #expect(try await storage.claimLane(Samples.heatPump(2), Samples.request())?.fence == 1)
      // Their keys are free.
      #expect(try await storage.take(Samples.event(2)) != nil)
      #expect(try await storage.take(Samples.event(3)) != nil)
    },
    ConformanceCase("operations of events and of apps share a lane, in the order of acceptance") {
      storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      let second = try await storage.accept(Samples.event(2), lane: Samples.request(2, at: 59))
      #expect(second.event != nil && second.lease == nil)
      try await storage.store(3)
      let open = try await storage.openOperations(of: Samples.heatPump())
      #expect(open.map(\.request.id) == (1...3).map { Samples.id(3, $0) })
      try await storage.markSent(open.map(\.request.id), Samples.attempt(5), lease: lease)
      #expect(try await storage.event(2)?.operation?.attempts == [Samples.attempt(5)])
      try await storage.conclude(
        [
          Conclusion(operationID: Samples.id(3, 1), state: .accepted),
          Conclusion(
            operationID: Samples.id(3, 2), state: .superseded,
            supersededFields: ["/pause": Samples.id(3, 3)]),
          Conclusion(operationID: Samples.id(3, 3), state: .accepted),
        ], at: Samples.time(6), lease: lease, audit: [Samples.entry(2, .superseded)])
      let event = try #require(try await storage.event(2))
      #expect(event.state == .merged)
      #expect(event.operation?.supersededFields == ["/pause": Samples.id(3, 3)])
      #expect(try await storage.releaseLane(lease))
      let next = try await storage.accept(Samples.event(4), lane: Samples.request(2, at: 60))
      #expect(next.lease?.fence == 2)
    },
    ConformanceCase("where an event stands is where its operation stands") { storage in
      for (number, state) in OperationState.allCases.enumerated() {
        try await storage.take(Samples.event(number))
        guard state != .queued else { continue }
        try await storage.conclude(
          [
            Conclusion(
              operationID: Samples.id(3, number), state: state,
              outcome: Samples.problem("\(state)"))
          ], at: Samples.time(100), lease: nil, audit: [])
        let event = try #require(try await storage.event(number))
        #expect(event.state == HookEventState(state))
        #expect(event.operation?.state == state)
        let isGivenUp = event.state == .dead || event.state == .expired
        #expect(event.reason == (isGivenUp ? "\(state)" : nil))
      }
      for state in HookEventState.allCases {
        let expected = OperationState.allCases.indices.filter {
          HookEventState(OperationState.allCases[$0]) == state
        }
        var filter = Samples.north
        filter.state = state
        #expect(
          try await storage.list(filter) == expected.reversed().map { Int64($0 + 1) }, "\(state)")
      }
    },
    ConformanceCase("an event whose operation was withdrawn is dead") { storage in
      try await storage.take(Samples.event(1))
      _ = try await storage.cancel(
        Samples.id(3, 1), at: Samples.time(5), audit: Samples.entry(1, .cancelled))
      #expect(try await storage.event(1)?.state == .dead)
    },
  ]
}
