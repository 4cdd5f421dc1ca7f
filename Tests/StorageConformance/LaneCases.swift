import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let lanes: [ConformanceCase] = [
    ConformanceCase("a lane that nobody holds is given, a held one is not, not even to its holder")
    {
      storage in
      let heatPump = Samples.heatPump()
      let lease = try await storage.claimLane(heatPump, Samples.request(1))
      #expect(lease == LaneLease(heatPump: heatPump, fence: 1, until: Samples.time(60)))
      #expect(try await storage.claimLane(heatPump, Samples.request(1, at: 59)) == nil)
      #expect(try await storage.claimLane(heatPump, Samples.request(2, at: 59)) == nil)
    },
    ConformanceCase("a lease ends when its time has come, and the next has a higher fence") {
      storage in
      for round in 0..<4 {
        let lease = try await storage.claimLane(
          Samples.heatPump(), Samples.request(round % 2, at: Int64(round) * 60))
        #expect(lease?.fence == Int64(round + 1))
      }
    },
    ConformanceCase("a renewed lease lasts longer, also if it had run out unnoticed") { storage in
      let lease = try #require(
        try await storage.claimLane(Samples.heatPump(), Samples.request(1)))
      let renewed = try await storage.renewLane(lease, until: Samples.time(90))
      #expect(
        renewed == LaneLease(heatPump: lease.heatPump, fence: 1, until: Samples.time(90)))
      #expect(
        try await storage.claimLane(Samples.heatPump(), Samples.request(2, at: 89)) == nil)
      // Renewing goes by the fence, whatever the end that the lease names.
      _ = try await storage.renewLane(lease, until: Samples.time(300))
      #expect(
        try await storage.claimLane(Samples.heatPump(), Samples.request(2, at: 299)) == nil)
    },
    ConformanceCase("a lane that was given back is free, under a higher fence") { storage in
      let lease = try #require(
        try await storage.claimLane(Samples.heatPump(), Samples.request(1)))
      #expect(try await storage.releaseLane(lease))
      #expect(
        try await storage.claimLane(Samples.heatPump(), Samples.request(2, at: 1))?.fence == 2)
    },
    ConformanceCase("a gateway that is alone takes the lanes of all others, and keeps its own") {
      storage in
      let own = try #require(
        try await storage.claimLane(Samples.heatPump(1), Samples.request(1)))
      let lost = try #require(
        try await storage.claimLane(Samples.heatPump(2), Samples.request(2)))
      try await storage.releaseLanes(except: Samples.request(1).owner)
      _ = try await storage.renewLane(own, until: Samples.time(60))
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.renewLane(lost, until: Samples.time(60))
      }
      #expect(try await storage.claimLane(Samples.heatPump(1), Samples.request(1)) == nil)
      #expect(
        try await storage.claimLane(Samples.heatPump(2), Samples.request(1))?.fence == 2)
    },
    ConformanceCase("a lane with an open operation is not given back") { storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      #expect(try await !storage.releaseLane(lease))
      try await storage.markSent([Samples.id(3, 1)], Samples.attempt(1), lease: lease)
      #expect(try await !storage.releaseLane(lease))
      #expect(
        try await storage.claimLane(Samples.heatPump(), Samples.request(2, at: 59)) == nil)
      try await storage.conclude(1, .accepted)
      #expect(try await storage.releaseLane(lease))
    },
    ConformanceCase("the end of the last open operation gives its lane back, any other does not") {
      storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      try await storage.store(2)
      for (number, isLast) in [(1, false), (2, true)] {
        let isReleased = try await storage.concludeAndRelease(
          [Conclusion(operationID: Samples.id(3, number), state: .accepted)], at: Samples.time(9),
          lease: lease, audit: [Samples.entry(number)], events: [])
        #expect(isReleased == isLast)
      }
      #expect(try await storage.auditTrail(after: 0, limit: 9).count == 2)
      #expect(try await storage.claimLane(Samples.heatPump(), Samples.request(2))?.fence == 2)
      // Nor does an end that is none.
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.concludeAndRelease(
          [], at: Samples.time(9), lease: lease, audit: [Samples.entry(3)], events: [])
      }
      #expect(try await storage.auditTrail(after: 0, limit: 9).count == 2)
    },
    ConformanceCase("an open operation elsewhere keeps no lane") { storage in
      try await storage.store(1, on: Samples.heatPump(2))
      let lease = try #require(
        try await storage.claimLane(Samples.heatPump(1), Samples.request()))
      #expect(try await storage.releaseLane(lease))
    },
    ConformanceCase("a lease is lost when another has the lane, and when it was given back") {
      storage in
      let free = try #require(
        try await storage.claimLane(Samples.heatPump(2), Samples.request(1)))
      #expect(try await storage.releaseLane(free))
      let lost = try #require(
        try await storage.claimLane(Samples.heatPump(1), Samples.request(1)))
      _ = try await storage.claimLane(Samples.heatPump(1), Samples.request(2, at: 60))
      let imagined = LaneLease(
        heatPump: Samples.heatPump(3), fence: 0, until: Samples.time(1000))
      for lease in [free, lost, imagined] {
        await #expect(throws: StorageFault.leaseLost) {
          try await storage.renewLane(lease, until: Samples.time(1000))
        }
        await #expect(throws: StorageFault.leaseLost) { try await storage.releaseLane(lease) }
        await #expect(throws: StorageFault.leaseLost) {
          try await storage.conclude(
            [], at: Samples.time(), lease: lease, audit: [Samples.entry(1)])
        }
      }
      // The present holder has noticed nothing.
      #expect(
        try await storage.claimLane(Samples.heatPump(1), Samples.request(3, at: 119)) == nil)
      #expect(try await storage.auditTrail(after: 0, limit: 1) == [])
    },
    ConformanceCase("of many that want a lane at one moment one gets it") { storage in
      let leases = try await withThrowingTaskGroup(of: LaneLease?.self) { group in
        for gateway in 1...100 {
          group.addTask {
            try await storage.claimLane(Samples.heatPump(), Samples.request(gateway))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(leases.compactMap(\.self).map(\.fence) == [1])
    },
  ]
}
