import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let audit: [ConformanceCase] = [
    ConformanceCase("the trail is one chain without gaps, also when many write at one moment") {
      storage in
      for number in 1...50 { try await storage.store(number, on: Samples.heatPump(number)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...50 {
          group.addTask {
            try await storage.conclude(
              [Conclusion(operationID: Samples.id(3, number), state: .accepted)],
              at: Samples.time(9), lease: nil,
              audit: [Samples.entry(number), Samples.entry(number, .superseded)])
          }
        }
        try await group.waitForAll()
      }
      let trail = try await storage.auditTrail(after: 0, limit: 1000)
      #expect(trail.map(\.sequence) == Array(1...100))
      #expect(Self.fault(in: trail) == nil)
      // The entries of one call stay together and in their order.
      for pair in stride(from: 0, to: 100, by: 2) {
        #expect(trail[pair].entry.operationID == trail[pair + 1].entry.operationID)
        #expect(trail[pair].entry.state == .accepted)
      }
    },
    ConformanceCase("the trail is read in its order, page by page") { storage in
      for number in 1...5 {
        try await storage.conclude(
          [], at: Samples.time(), lease: nil, audit: [Samples.entry(number)])
      }
      #expect(try await storage.auditTrail(after: 0, limit: 2).map(\.sequence) == [1, 2])
      #expect(try await storage.auditTrail(after: 2, limit: 2).map(\.sequence) == [3, 4])
      #expect(try await storage.auditTrail(after: 4, limit: 2).map(\.sequence) == [5])
      #expect(try await storage.auditTrail(after: 5, limit: 2) == [])
      #expect(
        try await storage.auditTrail(after: 0, limit: 9).map(\.entry)
          == (1...5).map { Samples.entry($0) })
    },
    ConformanceCase("the trail is read from its end, page by page and narrowed") { storage in
      for number in 1...5 {
        try await storage.conclude(
          [], at: Samples.time(), lease: nil, audit: [Samples.entry(number)])
      }
      func page(
        before: Int64? = nil, of heatPump: ResourceID? = nil, since: Timestamp? = nil
      ) async throws -> [Int64] {
        try await storage.auditTrail(before: before, of: heatPump, since: since, limit: 2)
          .map(\.sequence)
      }
      #expect(try await page() == [5, 4])
      #expect(try await page(before: 4) == [3, 2])
      #expect(try await page(before: 2) == [1])
      let entry = Samples.entry(3)
      #expect(try await page(of: entry.heatPump.id).first == 5)
      #expect(try await page(of: Samples.id(7, 7)) == [])
      #expect(try await page(since: entry.at) == [5, 4])
      #expect(try await page(since: entry.at + .seconds(86400)) == [])
    },
    ConformanceCase("whatever is changed, removed or inserted breaks the chain") { storage in
      try await storage.conclude(
        [], at: Samples.time(), lease: nil, audit: (1...4).map { Samples.entry($0) })
      let trail = try await storage.auditTrail(after: 0, limit: 9)
      #expect(Self.fault(in: trail) == nil)
      var changed = trail
      changed[1].entry.origin = OperationOrigin(kind: .app, name: "ring", occasion: "event-2")
      #expect(Self.fault(in: changed) == 2)
      var removed = trail
      removed.remove(at: 2)
      #expect(Self.fault(in: removed) == 4)
      var inserted = trail
      inserted.insert(AuditChain.record(Samples.entry(9), after: trail[1]), at: 2)
      #expect(Self.fault(in: inserted) == 3)
    },
  ]

  static let closing: [ConformanceCase] = [
    ConformanceCase("an open storage can write, a closed one refuses everything") { storage in
      try await storage.check()
      await storage.close()
      await #expect(throws: StorageFault.self) { try await storage.check() }
      await #expect(throws: StorageFault.self) { try await storage.store(1) }
      await #expect(throws: StorageFault.self) {
        try await storage.operation(Samples.id(3, 1))
      }
      await storage.close()
    },
    ConformanceCase("closing lets what was asked for before come to its end") { storage in
      let calls = (1...20).map { number in
        Task { try await storage.store(number) }
      }
      // Whether a call comes before or after, it ends: stored, or refused.
      await storage.close()
      for call in calls {
        switch await call.result {
        case .success(let stored): #expect(stored != nil)
        case .failure(let error): #expect(error is StorageFault)
        }
      }
    },
  ]

  // The number of the first record that does not fit.
  private static func fault(in trail: [AuditRecord]) -> Int64? {
    var last: AuditRecord?
    for record in trail {
      if AuditChain.fault(in: record, after: last) != nil { return record.sequence }
      last = record
    }
    return nil
  }
}
