import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let acceptance: [ConformanceCase] = [
    ConformanceCase("an operation is stored as it came, queued, and takes the free lane") {
      storage in
      var operation = Samples.operation(1, notBefore: Samples.time(4))
      operation.precondition = [0, .max, 1 << 63]
      operation.retries = true
      operation.origin = OperationOrigin(kind: .job, name: "naïve \"job\"", occasion: "")
      operation.patch = [0, 255]
      operation.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      let acceptance = try await storage.accept(
        operation, key: nil, lane: Samples.request(at: 5))
      let stored = StoredOperation(
        request: operation, sequence: 1, state: .queued, changedAt: operation.acceptedAt)
      let lease = LaneLease(heatPump: operation.heatPump, fence: 1, until: Samples.time(65))
      #expect(acceptance == .accepted(stored, lease: lease))
      #expect(try await storage.operation(operation.id) == stored)
      #expect(try await storage.openOperations(of: operation.heatPump) == [stored])
    },
    ConformanceCase("no precondition and the precondition that nothing meets are told apart") {
      storage in
      var operation = Samples.operation(1)
      operation.precondition = []
      _ = try await storage.accept(operation, key: nil, lane: Samples.request())
      try await storage.store(2)
      #expect(try await storage.operation(Samples.id(3, 1))?.request.precondition == [])
      let other = try await storage.operation(Samples.id(3, 2))
      #expect(other != nil && other?.request.precondition == nil)
    },
    ConformanceCase("each operation has its own values and none of the one before, however long") {
      storage in
      var full = Samples.operation(1)
      full.precondition = [7]
      full.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      var large = Samples.operation(2)
      large.patch = Array(repeating: UInt8(ascii: "7"), count: 50_000)
      large.origin = OperationOrigin(
        kind: .hook, name: String(repeating: "n", count: 40_000), occasion: "")
      for operation in [full, large, Samples.operation(3)] {
        _ = try await storage.accept(operation, key: nil, lane: Samples.request())
      }
      let stored = try await storage.openOperations(of: full.heatPump)
      #expect(stored.map(\.request) == [full, large, Samples.operation(3)])
    },
    ConformanceCase("an operation whose lane is taken is stored without a lease") { storage in
      let first = try await storage.accept(
        Samples.operation(1), key: nil, lane: Samples.request(1))
      #expect(first.lease != nil)
      for gateway in 1...2 {
        let next = try await storage.accept(
          Samples.operation(1 + gateway), key: nil, lane: Samples.request(gateway, at: 59))
        #expect(next.operation != nil)
        #expect(next.lease == nil)
      }
      #expect(try await storage.openOperations(of: Samples.heatPump()).count == 3)
    },
    ConformanceCase("an operation takes a lane whose lease has run out") { storage in
      try await storage.store(1)
      let next = try await storage.accept(
        Samples.operation(2), key: nil, lane: Samples.request(2, at: 60))
      #expect(next.lease?.fence == 2)
    },
    ConformanceCase("lanes of different heat pumps have nothing to do with one another") {
      storage in
      for heatPump in [
        Samples.heatPump(1), Samples.heatPump(2), Samples.heatPump(1, of: "south"),
        HeatPumpReference(
          organisation: "north", user: Samples.id(1, 9), id: Samples.heatPump(1).id),
      ] {
        let lease = try await storage.claimLane(heatPump, Samples.request())
        #expect(lease == LaneLease(heatPump: heatPump, fence: 1, until: Samples.time(60)))
      }
    },
    ConformanceCase("sequence numbers grow in the order of acceptance, over all heat pumps") {
      storage in
      var sequences: [Int64] = []
      for number in 1...5 {
        let heatPump = Samples.heatPump(number % 2)
        sequences.append(try #require(try await storage.store(number, on: heatPump)?.sequence))
      }
      #expect(sequences == sequences.sorted())
      #expect(Set(sequences).count == 5)
    },
    ConformanceCase("a sequence number is not given out again after the newest were pruned") {
      storage in
      let first = try #require(try await storage.store(1)?.sequence)
      try await storage.conclude(1, .failed)
      let later = Samples.time(1000)
      #expect(try await storage.prune(operations: later, keys: later, settings: later) == 1)
      let second = try #require(try await storage.store(2)?.sequence)
      #expect(second > first)
    },
    ConformanceCase("an id is stored once; whoever comes second gets an error and leaves no trace")
    {
      storage in
      try await storage.store(1)
      await #expect(throws: StorageFault.self) {
        try await storage.accept(
          Samples.operation(1, on: Samples.heatPump(2)), key: Samples.key(),
          lane: Samples.request())
      }
      #expect(try await storage.openOperations(of: Samples.heatPump(2)) == [])
      #expect(try await storage.claimLane(Samples.heatPump(2), Samples.request())?.fence == 1)
      #expect(try await storage.store(2, key: Samples.key()) != nil)
    },
    ConformanceCase("of many operations at once each is stored once, and one has the lane") {
      storage in
      let acceptances = try await withThrowingTaskGroup(of: Acceptance.self) { group in
        for number in 1...100 {
          group.addTask {
            try await storage.accept(
              Samples.operation(number), key: nil, lane: Samples.request(number))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(acceptances.compactMap(\.lease).count == 1)
      let open = try await storage.openOperations(of: Samples.heatPump())
      #expect(open.map(\.sequence) == Array(1...100))
      #expect(
        Set(acceptances.compactMap(\.operation?.request.id)) == Set(open.map(\.request.id)))
    },
  ]
}
