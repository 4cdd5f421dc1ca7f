import GatewayCore
import Storage

extension Tables {
  func createJob(_ new: NewJob) throws -> JobCreation {
    if let key = new.key, let (job, fingerprint) = try job(key) {
      return fingerprint == key.fingerprint ? .repeated(job) : .mismatch
    }
    let holder = LaneState.unused
    try run(
      """
      INSERT INTO job (
        id, organisation, app, key, fingerprint, plan, created_at, size, state, fence, until
      ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        new.id, new.organisation, new.app, new.key?.key,
        new.key?.fingerprint, new.order,
        new.createdAt.microseconds, new.heatPumps.count, JobState.queued.rawValue, holder.fence,
        holder.until.microseconds,
      ])
    let number = lastNumber
    if !new.heatPumps.isEmpty { try insertMembers(new.heatPumps, of: number) }
    return .created(StoredJob(creating: new, sequence: number))
  }

  // One statement for all, since there may be very many, and others wait.
  private func insertMembers(_ heatPumps: [HeatPumpReference], of job: Int64) throws {
    try run(
      """
      WITH RECURSIVE place (number) AS (
        SELECT 0 UNION ALL SELECT number + 1 FROM place WHERE number + 1 < ?1)
      INSERT INTO job_member (job, place, user, id)
      SELECT ?2, number, substr(?3, number * 32 + 1, 16), substr(?3, number * 32 + 17, 16)
      FROM place
      """,
      [
        heatPumps.count, job, Octets.of(heatPumps.flatMap { [$0.user, $0.id] }),
      ])
  }

  func job(_ id: ResourceID) throws -> StoredJob? {
    try first(Self.selectJob + "WHERE id = ?", [id]) { row in try row.job() }
  }

  private func job(
    _ key: IdempotencyKey
  ) throws -> (job: StoredJob, fingerprint: [UInt8])? {
    try first(
      "SELECT \(Self.jobColumns), fingerprint FROM job WHERE app = ? AND key = ?",
      [key.app, key.key]
    ) { row in (try row.job(), try row.bytes()) }
  }

  func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) throws -> [StoredJob] {
    try all(
      Self.selectJob
        + """
        WHERE organisation = ? AND app = coalesce(?, app) AND number < ?
        ORDER BY number DESC LIMIT ?
        """,
      [organisation, app, before ?? .max, max(0, limit)]
    ) { row in try row.job() }
  }

  func claimJob(of organisation: String, _ request: LaneRequest) throws -> ClaimedJob? {
    let found = try first(
      Self.selectHeldJob
        + """
        WHERE organisation = ? AND state IN ('queued', 'running', 'reverting')
          AND (owner IS NULL OR until <= ?)
        ORDER BY number LIMIT 1
        """,
      [organisation, request.now.microseconds]
    ) { row in (job: try row.job(), holder: try row.holder()) }
    guard let job = found?.job, var holder = found?.holder, holder.take(request) else { return nil }
    try hold(job, holder)
    return job.claimed(by: holder)
  }

  func renewJob(_ lease: JobLease, until: Timestamp) throws -> ClaimedJob {
    let job: StoredJob
    var holder: LaneState
    (job, holder) = try heldJob(lease)
    holder.until = until
    try hold(job, holder)
    return job.claimed(by: holder)
  }

  func releaseJob(_ lease: JobLease) throws {
    let job: StoredJob
    var holder: LaneState
    (job, holder) = try heldJob(lease)
    holder.owner = nil
    try hold(job, holder)
  }

  func releaseJobs(except owner: ResourceID) throws {
    try run("UPDATE job SET owner = NULL WHERE owner <> ?", [owner])
  }

  func setCourse(_ course: JobCourse, lease: JobLease) throws {
    let (job, _) = try heldJob(lease)
    try run(
      """
      UPDATE job SET state = ?, started_at = ?, reverting_since = ?, ended_at = ?, ending = ?,
        reason = ?
      WHERE number = ?
      """,
      [
        course.state.rawValue, course.startedAt?.microseconds, course.revertingSince?.microseconds,
        course.endedAt?.microseconds, course.ending?.rawValue, course.reason, job.sequence,
      ])
  }

  func wish(_ wish: JobWish, of id: ResourceID) throws -> StoredJob? {
    try run(
      "UPDATE job SET wish = ? WHERE id = ? AND state IN ('queued', 'running', 'reverting')",
      [wish.rawValue, id])
    return try job(id)
  }

  func begin(
    _ steps: [JobStep], _ phase: JobPhase, lease: JobLease, lane: LaneRequest
  ) throws -> [LaneLease] {
    let (job, _) = try heldJob(lease)
    var leases: [LaneLease] = []
    for step in steps where try note(step, phase, of: job.sequence) {
      guard case .operation(let operation) = step.action else { continue }
      let (number, state) = try madeLane(of: operation.heatPump)
      var stored = StoredOperation(accepting: operation, sequence: 0)
      try insert(&stored, key: nil, heatPump: number)
      if let lease = try claimLane(number, state, operation.heatPump, lane) {
        leases.append(lease)
      }
    }
    return leases
  }

  /// Notes that a step was begun, unless it was before.
  ///
  /// - Returns: whether it was noted.
  private func note(_ step: JobStep, _ phase: JobPhase, of job: Int64) throws -> Bool {
    let (operation, refusal) = phase.columns
    return try run(
      """
      UPDATE job_member SET \(operation) = ?, \(refusal) = ?
      WHERE job = ? AND place = ? AND \(operation) IS NULL AND \(refusal) IS NULL
      """,
      [step.operationID, step.reason, job, step.place]) > 0
  }

  func keepBefore(_ values: [ResourceID: [UInt8]]) throws {
    for (operation, before) in values {
      try run(
        "UPDATE job_member SET before = ? WHERE operation = ?",
        [before, operation])
    }
  }

  func jobMember(changedBy operation: ResourceID) throws -> StoredJobMember? {
    try members(Self.selectMember + "WHERE operation = ?", [operation]).first
  }

  func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) throws -> [StoredJobMember] {
    let condition = phase.map { phase in
      " AND \(phase.columns.operation) IS NULL AND \(phase.columns.refusal) IS NULL"
    }
    return try members(
      Self.selectMember
        + "WHERE job.id = ? AND place > ?\(condition ?? "") ORDER BY place LIMIT ?",
      [job, place, max(0, limit)])
  }

  func jobTally(of job: ResourceID) throws -> JobTally {
    let rows = try all(
      """
      SELECT change.state, member.refusal IS NOT NULL, undo.state,
        member.undo_refusal IS NOT NULL, count(*)
      FROM job JOIN job_member AS member ON member.job = job.number
      LEFT JOIN operation AS change ON change.id = member.operation
      LEFT JOIN operation AS undo ON undo.id = member.undo
      WHERE job.id = ? GROUP BY 1, 2, 3, 4
      """,
      [job]
    ) { row in try row.jobStanding() }
    return JobTally(counts: Dictionary(rows, uniquingKeysWith: +))
  }

  /// Forgets one job that ended before then.
  ///
  /// - Returns: how many went, one or none.
  func pruneJob(endedBefore: Timestamp) throws -> Int {
    let number = try first(
      "SELECT number FROM job WHERE ended_at < ? ORDER BY number LIMIT 1",
      [endedBefore.microseconds]
    ) { row in try row.integer() }
    guard let number else { return 0 }
    try run("DELETE FROM job_member WHERE job = ?", [number])
    return try run("DELETE FROM job WHERE number = ?", [number])
  }

  private func members(
    _ sql: String, _ arguments: [(any StatementArgument)?]
  ) throws -> [StoredJobMember] {
    let rows = try all(sql, arguments) { row in try row.jobMember() }
    return try rows.map { row in
      var operations: [ResourceID: StoredOperation] = [:]
      for id in row.operations { operations[id] = try operation(id) }
      return try row.member(operations)
    }
  }

  private func heldJob(_ lease: JobLease) throws -> (job: StoredJob, holder: LaneState) {
    let found = try first(Self.selectHeldJob + "WHERE id = ?", [lease.job]) { row in
      (job: try row.job(), holder: try row.holder())
    }
    guard let found, found.holder.isHeld(by: lease) else { throw StorageFault.leaseLost }
    return found
  }

  private func hold(_ job: StoredJob, _ holder: LaneState) throws {
    try run(
      "UPDATE job SET owner = ?, fence = ?, until = ? WHERE number = ?",
      [holder.owner, holder.fence, holder.until.microseconds, job.sequence])
  }

  // The order is the one in which `ColumnReading.job()` reads.
  private static let jobColumns = """
    number, id, organisation, app, plan, created_at, size, wish, state, started_at,
      reverting_since, ended_at, ending, reason
    """

  private static let selectJob = "SELECT \(jobColumns) FROM job "

  private static let selectHeldJob = "SELECT \(jobColumns), owner, fence, until FROM job "

  // The order is the one in which `ColumnReading.jobMember()` reads.
  private static let selectMember = """
    SELECT place, job.organisation, job_member.user, job_member.id, operation, refusal, before,
      undo, undo_refusal
    FROM job JOIN job_member ON job_member.job = job.number\u{20}
    """
}
