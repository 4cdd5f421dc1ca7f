import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let jobs: [ConformanceCase] = [
    ConformanceCase("a job is stored as it came, with its heat pumps in their order") { storage in
      let new = Samples.job(1)
      let created = try await storage.createJob(new)
      let expected = StoredJob(
        id: new.id, sequence: 1, organisation: "north", app: "comfort", order: new.order,
        createdAt: new.createdAt, size: 3)
      #expect(created == .created(expected))
      #expect(try await storage.storedJob() == expected)
      #expect(
        try await storage.members()
          == (0..<3).map { StoredJobMember(place: $0, heatPump: Samples.heatPump($0 + 1)) })
      #expect(try await storage.members(after: 0, limit: 1).map(\.place) == [1])
      #expect(try await storage.storedJob(2) == nil)
      await #expect(throws: StorageFault.self) { try await storage.createJob(new) }
    },
    ConformanceCase("a job of no heat pumps, and one of very many") { storage in
      _ = try await storage.createJob(Samples.job(1, heatPumps: 0))
      _ = try await storage.createJob(Samples.job(2, heatPumps: 5000))
      #expect(try await storage.members() == [])
      #expect(try await storage.jobTally(of: Samples.id(8, 1)) == JobTally())
      let last = try await storage.members(of: 2, after: 4997)
      #expect(last.map(\.heatPump) == [Samples.heatPump(4999), Samples.heatPump(5000)])
    },
    ConformanceCase("a job is made once per key, also when it comes twice at once") { storage in
      let made = try await withThrowingTaskGroup(of: JobCreation.self) { group in
        for number in 1...5 {
          group.addTask {
            try await storage.createJob(Samples.job(number, key: Samples.key()))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let jobs = try await storage.jobs(of: "north", app: nil, before: nil, limit: 9)
      let job = try #require(jobs.first)
      #expect(jobs.count == 1)
      #expect(made.filter { $0 == .created(job) }.count == 1)
      #expect(made.filter { $0 == .repeated(job) }.count == 4)
      let other = try await storage.createJob(Samples.job(6, key: Samples.key(of: 2)))
      #expect(other == .mismatch)
      let foreign = try await storage.createJob(
        Samples.job(7, app: "solar", key: Samples.key(app: "solar")))
      guard case .created = foreign else {
        Issue.record("another app's key is another key")
        return
      }
    },
    ConformanceCase("jobs are listed page by page, the newest first, of one app or of all") {
      storage in
      for (number, app) in [(1, "comfort"), (2, "solar"), (3, "comfort")] {
        _ = try await storage.createJob(Samples.job(number, app: app))
      }
      _ = try await storage.createJob(Samples.job(4, of: "south"))
      let first = try await storage.jobs(of: "north", app: nil, before: nil, limit: 2)
      #expect(first.map(\.id) == [Samples.id(8, 3), Samples.id(8, 2)])
      let rest = try await storage.jobs(
        of: "north", app: nil, before: first.last?.sequence, limit: 2)
      #expect(rest.map(\.id) == [Samples.id(8, 1)])
      let own = try await storage.jobs(of: "north", app: "comfort", before: nil, limit: 9)
      #expect(own.map(\.id) == [Samples.id(8, 3), Samples.id(8, 1)])
    },
    ConformanceCase("a job is carried on by one, the oldest first, until the lease has run out") {
      storage in
      for number in 1...2 { _ = try await storage.createJob(Samples.job(number)) }
      let first = try #require(try await storage.claimJob(of: "north", Samples.request(1)))
      #expect(first.job.id == Samples.id(8, 1))
      let second = try #require(try await storage.claimJob(of: "north", Samples.request(2)))
      #expect(second.job.id == Samples.id(8, 2))
      #expect(try await storage.claimJob(of: "north", Samples.request(3, at: 59)) == nil)
      #expect(try await storage.claimJob(of: "south", Samples.request(3, at: 99)) == nil)
      _ = try await storage.renewJob(second.lease, until: Samples.time(200))
      let taken = try #require(try await storage.claimJob(of: "north", Samples.request(3, at: 60)))
      #expect(taken.job.id == first.job.id)
      #expect(taken.lease.fence == first.lease.fence + 1)
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.renewJob(first.lease, until: Samples.time(99))
      }
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.setCourse(JobCourse(state: .running), lease: first.lease, events: [])
      }
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.begin([(0, 1)], first.lease)
      }
      #expect(try await storage.members()[0].apply == .waiting)
    },
    ConformanceCase("a job that was given back is free, as is one of a gateway that is gone") {
      storage in
      let lease = try await storage.startJob()
      try await storage.releaseJob(lease)
      let again = try #require(try await storage.claimJob(of: "north", Samples.request(2)))
      try await storage.releaseJobs(except: Samples.request(2).owner)
      _ = try await storage.renewJob(again.lease, until: Samples.time(60))
      try await storage.releaseJobs(except: Samples.request(3).owner)
      #expect(try await storage.claimJob(of: "north", Samples.request(3)) != nil)
    },
    ConformanceCase("a job's course is kept, and the events that tell of it") { storage in
      let lease = try await storage.startJob()
      var course = JobCourse(
        state: .reverting, startedAt: Samples.time(1), revertingSince: Samples.time(2),
        ending: .aborted, reason: "too \"many\"")
      try await storage.setCourse(course, lease: lease, events: [Samples.happening(1)])
      #expect(try await storage.storedJob()?.course == course)
      #expect(try await storage.newestSequence(of: "north") == 1)
      (course.state, course.endedAt) = (.aborted, Samples.time(3))
      try await storage.setCourse(course, lease: lease, events: [])
      try await storage.releaseJob(lease)
      #expect(try await storage.storedJob()?.course == course)
      #expect(try await storage.claimJob(of: "north", Samples.request(at: 99)) == nil)
    },
    ConformanceCase("a wish reaches whoever carries the job on, and none that has ended") {
      storage in
      let lease = try await storage.startJob()
      #expect(try await storage.wish(.stop, of: Samples.id(8, 1))?.wish == .stop)
      let wished = try await storage.wish(.revert, of: Samples.id(8, 1))
      #expect(wished?.wish == .revert)
      #expect(
        try await storage.renewJob(lease, until: Samples.time(60)).job.wish == .revert)
      try await storage.setCourse(JobCourse(state: .finished), lease: lease, events: [])
      #expect(try await storage.wish(.stop, of: Samples.id(8, 1))?.wish == .revert)
      #expect(try await storage.wish(.stop, of: Samples.id(8, 2)) == nil)
    },
  ]
}
