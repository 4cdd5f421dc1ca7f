import GatewayCore
import HeatPumps
import Storage
import Testing

@testable import HeatPumpService

/// Goal: a job comes to a definite end on each of its ways, and puts back when it should.
/// Method: made-up jobs and tallies, and the next step that follows from them.
@Suite struct JobPlanTests {
  private let start = Timestamp(microseconds: 0)

  @Test func `a new job begins, unless it was cancelled before`() {
    #expect(course(plan(.queued))?.state == .running)
    #expect(course(plan(.queued))?.startedAt == start + .seconds(10))
    let cancelled = course(plan(.queued, wish: .revert))
    #expect(cancelled?.state == .cancelled)
    #expect(cancelled?.endedAt != nil)
  }

  @Test func `heat pumps are begun, waited for, and then it is finished`() {
    #expect(plan(.running, [.waiting: 3, .open: 1]).next == .begin(.apply))
    #expect(plan(.running, [.open: 1, .applied: 3]).next == .wait(until: nil))
    #expect(course(plan(.running, [.applied: 3, .failed: 1]))?.state == .finished)
  }

  @Test func `after the deadline none is begun any more, and those under way are waited for`() {
    let late = plan(.running, [.waiting: 3, .open: 1], deadline: 10)
    #expect(late.next == .wait(until: nil))
    let over = course(plan(.running, [.waiting: 3, .applied: 1], deadline: 10))
    #expect(over?.state == .finished)
    #expect(plan(.running, [.waiting: 3], deadline: 11).next == .begin(.apply))
  }

  @Test func `too many failures stop it, once enough heat pumps have ended to tell`() {
    func verdict(_ failed: Int, _ applied: Int, percent: Int?) -> JobState? {
      course(
        plan(
          .running, [.failed: failed, .applied: applied, .waiting: 100 - failed - applied],
          percent: percent))?.ending
    }
    #expect(verdict(9, 0, percent: 20) == nil)
    #expect(verdict(3, 7, percent: 20) == .aborted)
    #expect(verdict(2, 8, percent: 20) == nil)
    #expect(verdict(1, 9, percent: 0) == .aborted)
    #expect(verdict(50, 0, percent: nil) == nil)
  }

  @Test func `a small job is judged by all of its heat pumps`() {
    #expect(
      course(plan(.running, [.failed: 1, .applied: 1], percent: 20))?.ending == .aborted)
  }

  @Test func `a job that stops withdraws what waits and waits for what was sent`() {
    let stops = course(plan(.running, [.waiting: 5, .open: 1], wish: .stop))
    #expect(stops?.ending == .cancelled)
    #expect(stops?.state == .running)
    let withdraws = plan(.running, [.waiting: 5, .queued: 1], wish: .stop, ending: .cancelled)
    #expect(withdraws.next == .withdraw)
    let waits = plan(.running, [.waiting: 5, .open: 1], wish: .stop, ending: .cancelled)
    #expect(waits.next == .wait(until: nil))
    let ends = plan(.running, [.waiting: 5, .applied: 2], wish: .stop, ending: .cancelled)
    #expect(course(ends)?.state == .cancelled)
  }

  @Test func `what was changed is put back after its time, also if not all were begun by then`() {
    let holds = plan(.running, [.applied: 2], revertAfter: 60)
    #expect(holds.next == .wait(until: start + .seconds(60)))
    #expect(course(plan(.running, [.applied: 2], revertAfter: 10))?.state == .reverting)
    #expect(plan(.running, [.applied: 2, .waiting: 9], revertAfter: 11).next == .begin(.apply))
    let over = plan(.running, [.applied: 2, .waiting: 9], revertAfter: 10)
    #expect(course(over)?.state == .reverting)
  }

  @Test func `a cancelled job puts back if it is asked to, an aborted one if it was to do so`() {
    let reverts = plan(.running, [.applied: 2], wish: .revert, ending: .cancelled)
    #expect(course(reverts)?.state == .reverting)
    let stops = plan(.running, [.applied: 2], wish: .stop, ending: .cancelled, revertAfter: 60)
    #expect(course(stops)?.state == .cancelled)
    let aborted = plan(.running, [.applied: 2], ending: .aborted, revertAfter: 60)
    #expect(course(aborted)?.state == .reverting)
    #expect(course(plan(.running, [.applied: 2], ending: .aborted))?.state == .aborted)
  }

  @Test func `putting back comes to its end as the job was to end`() {
    #expect(plan(.reverting, [.applied: 1, .reverting: 1]).next == .begin(.revert))
    #expect(plan(.reverting, [.reverting: 1, .failed: 3]).next == .wait(until: nil))
    #expect(course(plan(.reverting, [.reverted: 2, .failed: 1]))?.state == .finished)
    let aborted = plan(.reverting, [.reverted: 2], ending: .aborted)
    #expect(course(aborted)?.state == .aborted)
  }

  @Test func `putting back can be stopped, too`() {
    let stops = course(plan(.reverting, [.applied: 2], wish: .stop))
    #expect(stops?.ending == .cancelled)
    let ends = plan(.reverting, [.applied: 2, .reverted: 1], wish: .stop, ending: .cancelled)
    #expect(course(ends)?.state == .cancelled)
  }

  @Test(arguments: [JobState.finished, .aborted, .cancelled])
  func `a job that has ended does nothing`(state: JobState) {
    #expect(plan(state, [.waiting: 3, .applied: 2]).next == .wait(until: nil))
  }

  // MARK: Made-up jobs

  private enum Stand {
    case waiting, queued, open, applied, failed, reverting, reverted

    var standing: JobStanding {
      switch self {
      case .waiting: JobStanding(apply: .waiting, revert: .waiting)
      case .queued: JobStanding(apply: .operation(.queued), revert: .waiting)
      case .open: JobStanding(apply: .operation(.sent), revert: .waiting)
      case .applied: JobStanding(apply: .operation(.accepted), revert: .waiting)
      case .failed: JobStanding(apply: .operation(.failed), revert: .waiting)
      case .reverting: JobStanding(apply: .operation(.accepted), revert: .operation(.sent))
      case .reverted: JobStanding(apply: .operation(.verified), revert: .operation(.accepted))
      }
    }
  }

  /// A job that began at 0, at 10 s.
  private func plan(
    _ state: JobState, _ stands: [Stand: Int] = [.waiting: 1], wish: JobWish? = nil,
    ending: JobState? = nil, percent: Int? = nil, deadline: Int = 3600, revertAfter: Int? = nil
  ) -> JobPlan {
    let tally = JobTally(
      counts: Dictionary(uniqueKeysWithValues: stands.map { ($0.key.standing, $0.value) }))
    return JobPlan(
      job: StoredJob(
        id: ResourceID(high: 1, low: 1), sequence: 1, organisation: "north", app: "grid",
        order: [], createdAt: start, size: stands.values.reduce(0, +), wish: wish,
        course: JobCourse(state: state, startedAt: start, ending: ending)),
      order: JobOrder(
        patch: .empty, selection: JSONObject(), abortAbovePercent: percent,
        deadline: start + .seconds(deadline), revertAfter: revertAfter.map { .seconds($0) }),
      tally: tally, now: start + .seconds(10))
  }

  private func course(_ plan: JobPlan) -> JobCourse? {
    guard case .turn(let course) = plan.next else { return nil }
    return course
  }
}
