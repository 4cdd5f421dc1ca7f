import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: a job changes its heat pumps once each, puts back what is its own, and goes on after the
/// end of its process.
/// Method: a few heat pumps upstream, and a clock moved by hand while the jobs are carried on.
@Suite struct JobRunTests {
  private let fixture = OrganisationFixture()

  init() {
    for address in [attic, shed] { fixture.upstream.place(address.id, of: address.user) }
  }

  @Test func `all heat pumps are changed, and what was there comes back`() async throws {
    fixture.upstream.change(attic.id, ["is_pause_power_active": true])
    let job = try await make(revertAfter: 60)
    try await running(fixture) {
      try await advance(job) { $0.tally.counts.keys.allSatisfy { $0.apply.isEnded } }
      #expect(try await active() == [true, true, true])
      try await advance(job) { !$0.job.course.state.isOpen }
    }
    #expect(try await active() == [false, true, false])
    let (ended, tally) = try await fixture.service.job(job, of: "grid")
    #expect(ended.course.state == .finished)
    #expect(ended.representation(tally)["counts"]?["applied"] == 3)
    let members = try await fixture.service.members(of: ended, after: -1, limit: 9)
    #expect(
      members[1].revert == .skipped(reason: "The job changed nothing that could be put back."))
    #expect(fixture.upstream.updates.count == 5)
  }

  @Test func `what somebody has changed since stays`() async throws {
    let job = try await make(
      #"{"pause":{"active":true},"space_heating":{"enabled":false}}"#, revertAfter: 60)
    try await running(fixture) {
      try await advance(job) { $0.tally.counts.keys.allSatisfy { $0.apply.isEnded } }
      fixture.upstream.change(shed.id, ["is_space_heating_enabled": true])
      _ = try await fixture.write(#"{"pause":{"active":true}}"#)
      try await advance(job) { !$0.job.course.state.isOpen }
    }
    // The cellar's was written again, and so is not the job's, though it is the same.
    #expect(try await active() == [true, false, false])
    let heating = try await shown("/space_heating/enabled")
    #expect(heating == [true, true, true])
  }

  @Test func `a cancelled job begins nothing more, and puts back if asked to`() async throws {
    let job = try await make(rate: 0.01)
    try await running(fixture) {
      try await advance(job) { $0.tally.count { $0.apply.isEnded } == 1 }
      _ = try await fixture.service.cancel(job, of: "grid", reverts: true)
      try await advance(job) { !$0.job.course.state.isOpen }
    }
    let (ended, tally) = try await fixture.service.job(job, of: "grid")
    #expect(ended.course.state == .cancelled)
    #expect(tally.count { $0.apply == .waiting } == 2)
    #expect(try await active() == [false, false, false])
    #expect(fixture.upstream.updates.count == 2)
  }

  @Test func `another process goes on where the first one ended, and begins none twice`()
    async throws
  {
    let job = try await make(rate: 0.1)
    try await running(fixture) {
      try await advance(job) { $0.tally.count { $0.apply.isEnded } == 1 }
    }
    let next = OrganisationFixture(after: fixture)
    try await running(next) {
      try await advance(job) { !$0.job.course.state.isOpen }
    }
    #expect(try await active() == [true, true, true])
    #expect(fixture.upstream.updates.count == 3)
  }

  @Test func `heat pumps that the app may see no more are left alone, with the reason`()
    async throws
  {
    let job = try await make()
    let permission = JobPermission(reason: nil) { $0 != attic }
    try await running(fixture, permission) {
      try await advance(job) { !$0.job.course.state.isOpen }
    }
    #expect(try await active() == [true, false, true])
    let (ended, _) = try await fixture.service.job(job, of: "grid")
    let members = try await fixture.service.members(of: ended, after: 0, limit: 1)
    #expect(
      members[0].apply == .skipped(reason: "The app may not see this heat pump any more."))
  }

  @Test func `an upstream that fails stops the job that says so, and its events tell why`()
    async throws
  {
    fixture.upstream.setOutage(.status(422))
    let job = try await make(percent: 50)
    try await running(fixture) {
      try await advance(job) { !$0.job.course.state.isOpen }
    }
    let (ended, _) = try await fixture.service.job(job, of: "grid")
    #expect(ended.course.state == .aborted)
    #expect(ended.course.reason == "3 of the first 3 heat pumps failed, more than 50 %.")
    let events = try await fixture.loggedEvents().filter { $0.job != nil }
    #expect(events.last?.type == .jobEnded)
    #expect(events.last?.job?.representation["state"] == "aborted")
    #expect(events.first?.job?.representation["state"] == "running")
    #expect(events.allSatisfy { $0.owner == "grid" })
  }

  @Test func `a job whose storage is away does not keep the gateway from stopping`() async throws {
    let job = try await make(rate: 0.1)
    try await running(fixture) {
      try await advance(job) { $0.tally.count { $0.apply.isEnded } == 1 }
      fixture.storage.fail(with: .unavailable("away"))
    }
    fixture.storage.fail(with: nil)
    #expect(try await fixture.service.job(job, of: "grid").job.course.state == .running)
  }

  @Test func `nobody but its app is shown a job`() async throws {
    let job = try await make()
    await #expect(throws: GatewayFault.self) { try await fixture.service.job(job, of: "other") }
    #expect(try await fixture.service.jobs(of: "other", before: nil, limit: 9).isEmpty)
    #expect(try await fixture.service.jobs(of: "grid", before: nil, limit: 9).count == 1)
  }

  // MARK: Jobs

  private func make(
    _ patch: String = #"{"pause":{"active":true}}"#, rate: Double = 100, percent: Int? = nil,
    revertAfter: Int? = nil
  ) async throws -> ResourceID {
    let order = JobOrder(
      patch: try fixture.patch(patch), selection: JSONObject(), ratePerSecond: rate,
      abortAbovePercent: percent, deadline: fixture.clock.wall + .seconds(3600),
      revertAfter: revertAfter.map { .seconds($0) })
    return try await fixture.service.createJob(
      order, of: [cellar, attic, shed], app: "grid", key: nil
    ).id
  }

  private func running(
    _ fixture: OrganisationFixture,
    _ permission: JobPermission = JobPermission(reason: nil) { _ in true },
    _ body: () async throws -> Void
  ) async throws {
    let task = Task { await fixture.service.runJobs(isAlone: true) { _, _, _ in permission } }
    do {
      try await body()
    } catch {
      task.cancel()
      throw error
    }
    task.cancel()
    await task.value
  }

  /// Lets time pass, as soon as everybody waits for it, until a job is as it should be.
  private func advance(
    _ job: ResourceID, until isReached: ((job: StoredJob, tally: JobTally)) -> Bool
  ) async throws {
    let end = SystemClock().monotonic + .seconds(60)
    while true {
      let present = try await fixture.service.job(job, of: "grid")
      if isReached(present) { return }
      try #require(SystemClock().monotonic < end, "did not come true: \(present)")
      if fixture.clock.sleeperCount >= 2 { fixture.advance(1) }
      // A pause between two looks, on purpose: a busy loop would starve what is waited for.
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func active() async throws -> [JSONValue?] { try await shown("/pause/active") }

  private func shown(_ pointer: String) async throws -> [JSONValue?] {
    var values: [JSONValue?] = []
    for address in [cellar, attic, shed] {
      values.append(try await fixture.read(address, "no-cache").value.value(pointer))
    }
    return values
  }
}
