import GatewayCore
public import Storage
public import Testing

/// One thing that survives the end of the process, for a storage that lasts.
public struct DurabilityCase: Sendable, CustomTestStringConvertible {
  /// What survives.
  public let name: String
  private let before: @Sendable (any Storage) async throws -> Void
  private let after: @Sendable (any Storage) async throws -> Void

  /// What survives.
  public var testDescription: String { name }

  /// Fills a new storage, opens it again, and looks for what was put in.
  ///
  /// - Throws: what the storage throws.
  public func run(
    _ factory: ConformanceCase.Factory, _ reopen: ConformanceCase.Reopen
  ) async throws {
    let first = try await factory()
    try await before(first)
    let second = try await reopen(first)
    try await after(second)
    await second.close()
  }

  /// All of them.
  public static let all: [DurabilityCase] = [
    DurabilityCase(name: "operations with all that became of them") { storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      try await storage.store(2)
      try await storage.markSent([Samples.id(3, 1)], Samples.attempt(5), lease: lease)
      try await storage.conclude(
        [
          Conclusion(
            operationID: Samples.id(3, 1), state: .queued, outcome: [1, 2],
            supersededFields: ["/pause": Samples.id(3, 2)], notBefore: Samples.time(77))
        ], at: Samples.time(6), lease: lease, audit: [])
    } after: { storage in
      var request = Samples.operation(1)
      request.notBefore = Samples.time(77)
      let expected = StoredOperation(
        request: request, sequence: 1, state: .queued, attempts: [Samples.attempt(5)],
        changedAt: Samples.time(6), supersededFields: ["/pause": Samples.id(3, 2)],
        outcome: [1, 2])
      let stored = try await storage.operation(Samples.id(3, 1))
      #expect(stored == expected)
      #expect(try await storage.openOperations(of: Samples.heatPump()).count == 2)
      #expect(try await storage.store(3)?.sequence == 3)
    },
    DurabilityCase(name: "lanes with their holders and fences") { storage in
      _ = try await storage.claimLane(Samples.heatPump(), Samples.request())
    } after: { storage in
      let heatPump = Samples.heatPump()
      #expect(try await storage.claimLane(heatPump, Samples.request(2, at: 59)) == nil)
      let lease = LaneLease(heatPump: heatPump, fence: 1, until: Samples.time(60))
      _ = try await storage.renewLane(lease, until: Samples.time(70))
      #expect(try await storage.claimLane(heatPump, Samples.request(2, at: 70))?.fence == 2)
    },
    DurabilityCase(name: "idempotency keys with their answers") { storage in
      try await storage.store(1, key: Samples.key("one"))
      try await storage.store(2, key: Samples.key("two"))
      try await storage.conclude(1, .accepted, key: .answer(Samples.answer))
    } after: { storage in
      let first = try await storage.accept(
        Samples.operation(3), key: Samples.key("one"), lane: Samples.request())
      #expect(first == .repeated(Samples.answer))
      let second = try await storage.accept(
        Samples.operation(3), key: Samples.key("two"), lane: Samples.request())
      #expect(second == .running(operationID: Samples.id(3, 2)))
    },
    DurabilityCase(name: "last answers and past settings") { storage in
      try await storage.keep(
        answers: [sampleAnswer], settings: [sampleSettings], gone: [])
    } after: { storage in
      let answers = try await storage.answers(of: "north", bytes: 9)
      #expect(answers == [sampleAnswer])
      #expect(try await storage.settings(of: Samples.heatPump(), tag: .max) == sampleSettings)
    },
    DurabilityCase(name: "events with their keys, operations and replays") { storage in
      for number in 1...2 { try await storage.take(Samples.event(number, body: [0, 255])) }
      try await storage.conclude(1, .failed)
      _ = try await storage.redecide(
        Samples.id(5, 1), .operation(Samples.hookOperation(3), rule: "r"), at: Samples.time(9),
        lane: Samples.request())
      try await storage.take(Samples.event(4, decision: Samples.dead("no target")))
    } after: { storage in
      for number in [1, 2, 4] {
        let again = try await storage.accept(Samples.event(number), lane: Samples.request())
        #expect(again == .repeated(eventID: Samples.id(5, number)))
      }
      let events = try await storage.hookEvents(Samples.north, before: nil, limit: 9)
      #expect(events.map(\.state) == [.dead, .accepted, .accepted])
      #expect(events.map(\.replays) == [0, 0, 1])
      #expect(events.map(\.body) == [Array("{}".utf8), [0, 255], [0, 255]])
      #expect(events.last?.operation?.request == Samples.hookOperation(3))
      #expect(
        try await storage.openOperations(of: Samples.heatPump()).map(\.request.id)
          == [Samples.id(3, 2), Samples.id(3, 3)])
    },
    DurabilityCase(name: "the event log, detectors, subscriptions and deliveries") { storage in
      try await storage.subscribe(1, 2)
      try await storage.append(
        EventBatch(
          events: (1...3).map { Samples.happening($0) },
          detectors: [DetectorChange(heatPump: Samples.heatPump(), state: [0, 255])]))
      _ = try await storage.claimDeliveries(Samples.claim(limit: 2))
      _ = try await storage.deleteSubscription(Samples.id(7, 2))
      try await storage.append(Samples.happenings(4...4))
      try await storage.pruneEvents(Samples.retention(before: 9))
    } after: { storage in
      #expect(try await storage.detector(of: Samples.heatPump())?.state == [0, 255])
      #expect(
        try await storage.subscription(Samples.id(7, 1))
          == StoredSubscription(creating: Samples.subscription(1)))
      // A crash between claim and conclusion: what was claimed comes back when the lease has run
      // out.
      let others = try await storage.claimDeliveries(Samples.claim(2, at: 1059))
      #expect(others.map(\.event.sequence) == [2, 3, 4])
      let first = try await storage.claimDeliveries(Samples.claim(2, at: 1060))
      #expect(first.map(\.event.event) == [Samples.happening(1)])
      #expect(first.map(\.lease.fence) == [2])
      #expect(try await storage.newestSequence(of: "north") == 4)
      #expect(try await storage.oldestSequence(of: "north") == 5)
      #expect(try await storage.append(Samples.happenings(5...5)).map(\.sequence) == [5])
    },
    DurabilityCase(name: "the numbers of events and subscriptions that are gone") { storage in
      try await storage.subscribe(1)
      try await storage.happen(1)
      _ = try await storage.deleteSubscription(Samples.id(7, 1))
      try await storage.pruneEvents(Samples.retention(before: 9))
    } after: { storage in
      try await storage.subscribe(2)
      #expect(try await storage.append(Samples.happenings(2...2)).map(\.sequence) == [2])
      let delivery = try await storage.delivery(DeliveryID.of(sequence: 2, subscription: 2))
      #expect(delivery?.subscriptionID == Samples.id(7, 2))
    },
    DurabilityCase(name: "jobs with their heat pumps, and how far they have come") { storage in
      let lease = try await storage.startJob()
      try await storage.begin([(0, 1)], lease)
      try await storage.keepBefore([Samples.id(3, 1): [0, 255]])
      try await storage.setCourse(JobCourse(state: .running), lease: lease, events: [])
    } after: { storage in
      let members = try await storage.members()
      #expect(members.map(\.before) == [[0, 255], nil, nil])
      #expect(try await storage.storedJob()?.course.state == .running)
      #expect(try await storage.members(waitingFor: .apply).map(\.place) == [1, 2])
      #expect(try await storage.claimJob(of: "north", Samples.request(2, at: 59)) == nil)
      #expect(
        try await storage.claimJob(of: "north", Samples.request(2, at: 60))?.lease.fence == 2)
    },
    DurabilityCase(name: "the audit trail, whose chain goes on") { storage in
      try await storage.conclude(
        [], at: Samples.time(), lease: nil, audit: [Samples.entry(1), Samples.entry(2)])
    } after: { storage in
      try await storage.conclude(
        [], at: Samples.time(), lease: nil, audit: [Samples.entry(3)])
      let trail = try await storage.auditTrail(after: 0, limit: 9)
      #expect(trail.map(\.entry) == (1...3).map { Samples.entry($0) })
      #expect(AuditChain.fault(in: trail[2], after: trail[1]) == nil)
    },
  ]

  private static let sampleAnswer = StoredHeatPump(
    heatPump: Samples.heatPump(), upstream: [0, 1, 2], fetchedAt: Samples.time(3))
  private static let sampleSettings = StoredSettings(
    heatPump: Samples.heatPump(), tag: .max, values: [], seenAt: Samples.time(4))
}
