import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let jobSteps: [ConformanceCase] = [
    ConformanceCase("steps are stored with their operations, which take the free lanes") {
      storage in
      let lease = try await storage.startJob()
      _ = try await storage.claimLane(Samples.heatPump(2), Samples.request(2))
      let lanes = try await storage.begin([(0, 1), (1, 2)], lease)
      #expect(lanes.map(\.heatPump) == [Samples.heatPump(1)])
      let members = try await storage.members()
      #expect(members[0].apply.operation?.request == Samples.jobOperation(1, on: 1))
      #expect(members[1].apply.standing == .operation(.queued))
      #expect(members[2].apply == .waiting)
      #expect(try await storage.members(waitingFor: .apply).map(\.place) == [2])
      #expect(try await storage.members(waitingFor: .revert).map(\.place) == [0, 1, 2])
      #expect(
        try await storage.openOperations(of: Samples.heatPump(2)).map(\.request.id)
          == [Samples.id(3, 2)])
    },
    ConformanceCase("a step is begun once, however often it is asked for") { storage in
      let lease = try await storage.startJob()
      try await storage.begin([(0, 1)], lease)
      let again = try await storage.begin([(0, 7), (1, 2), (9, 8)], lease)
      #expect(again.map(\.heatPump) == [Samples.heatPump(2)])
      #expect(try await storage.members()[0].apply.operation?.request.id == Samples.id(3, 1))
      #expect(try await storage.state(of: 7) == nil)
      #expect(try await storage.state(of: 8) == nil)
    },
    ConformanceCase("of steps that cannot all be stored none is") { storage in
      let lease = try await storage.startJob()
      try await storage.store(2)
      await #expect(throws: StorageFault.self) {
        try await storage.begin([(0, 1), (1, 2)], lease)
      }
      let members = try await storage.members()
      #expect(members.map(\.apply) == [.waiting, .waiting, .waiting])
      #expect(try await storage.state(of: 1) == nil)
      #expect(try await storage.claimLane(Samples.heatPump(2), Samples.request(2)) != nil)
    },
    ConformanceCase("a heat pump that nothing is done about says why, in each phase") { storage in
      let lease = try await storage.startJob()
      try await storage.begin([(1, 2)], lease)
      for (place, phase) in [(0, JobPhase.apply), (1, .revert)] {
        _ = try await storage.begin(
          [JobStep(place: place, action: .skip(reason: "not \"yours\""))], phase, lease: lease,
          lane: Samples.request())
      }
      let members = try await storage.members()
      #expect(members[0].apply == .skipped(reason: "not \"yours\""))
      #expect(members[0].revert == .waiting)
      #expect(members[1].revert == .skipped(reason: "not \"yours\""))
      #expect(try await storage.members(waitingFor: .apply).map(\.place) == [2])
      #expect(try await storage.members(waitingFor: .revert).map(\.place) == [0, 2])
    },
    ConformanceCase("where a heat pump stands is what its operations have come to") { storage in
      let lease = try await storage.startJob(heatPumps: 5)
      try await storage.begin([(0, 1), (1, 2), (2, 3)], lease)
      try await storage.conclude(1, .accepted)
      try await storage.conclude(2, .failed)
      try await storage.begin([(0, 4)], lease, .revert)
      try await storage.conclude(4, .verified)
      _ = try await storage.begin(
        [JobStep(place: 3, action: .skip(reason: "gone"))], .apply, lease: lease,
        lane: Samples.request())
      #expect(
        try await storage.jobTally(of: Samples.id(8, 1)).counts == [
          JobStanding(apply: .operation(.accepted), revert: .operation(.verified)): 1,
          JobStanding(apply: .operation(.failed), revert: .waiting): 1,
          JobStanding(apply: .operation(.queued), revert: .waiting): 1,
          JobStanding(apply: .skipped, revert: .waiting): 1,
          JobStanding(apply: .waiting, revert: .waiting): 1,
        ])
      #expect(try await storage.members().map(\.standing.apply).last == .waiting)
    },
    ConformanceCase("what was there before a change is kept with it, and replaced") { storage in
      let lease = try await storage.startJob()
      try await storage.begin([(0, 1), (1, 2)], lease)
      try await storage.store(9)
      try await storage.keepBefore([
        Samples.id(3, 1): [1, 0], Samples.id(3, 2): [2], Samples.id(3, 9): [3],
      ])
      try await storage.keepBefore([Samples.id(3, 2): [4]])
      #expect(try await storage.members().map(\.before) == [[1, 0], [4], nil])
      #expect(try await storage.jobMember(changedBy: Samples.id(3, 2))?.before == [4])
      #expect(try await storage.jobMember(changedBy: Samples.id(3, 9)) == nil)
      try await storage.begin([(0, 3)], lease, .revert)
      #expect(try await storage.jobMember(changedBy: Samples.id(3, 3)) == nil)
    },
    ConformanceCase("jobs that have ended go by their age, and their operations after them") {
      storage in
      let lease = try await storage.startJob()
      _ = try await storage.createJob(Samples.job(2, key: Samples.key()))
      try await storage.begin([(0, 1)], lease)
      try await storage.conclude(1, .verified, at: 10)
      try await storage.begin([(0, 2)], lease, .revert)
      try await storage.conclude(2, .failed, at: 10)
      let later = Samples.time(1000)
      #expect(try await storage.prune(operations: later, keys: later, settings: later) == 0)
      #expect(try await storage.pruneJobs(endedBefore: later) == 0)
      for (number, lease) in [
        (1, lease),
        (2, try #require(try await storage.claimJob(of: "north", Samples.request(2))).lease),
      ] {
        try await storage.setCourse(
          JobCourse(state: .finished, endedAt: Samples.time(Int64(number))), lease: lease,
          events: [])
      }
      #expect(try await storage.pruneJobs(endedBefore: Samples.time(2)) == 1)
      #expect(try await storage.storedJob() == nil)
      #expect(try await storage.members() == [])
      #expect(try await storage.state(of: 1) == .verified)
      #expect(try await storage.prune(operations: later, keys: later, settings: later) == 2)
      #expect(try await storage.pruneJobs(endedBefore: later) == 1)
      guard case .created = try await storage.createJob(Samples.job(3, key: Samples.key())) else {
        Issue.record("the key went with its job")
        return
      }
    },
    ConformanceCase("a closed storage refuses jobs") { storage in
      let lease = try await storage.startJob()
      await storage.close()
      await #expect(throws: StorageFault.self) { try await storage.createJob(Samples.job(2)) }
      await #expect(throws: StorageFault.self) { try await storage.begin([(0, 1)], lease) }
      await #expect(throws: StorageFault.self) { try await storage.members() }
      await #expect(throws: StorageFault.self) {
        try await storage.jobTally(of: Samples.id(8, 1))
      }
    },
  ]
}
