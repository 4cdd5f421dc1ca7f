import GatewayCore
import Storage

extension Session {
  func createJob(_ new: NewJob) async throws -> JobCreation {
    let holder = LaneState.unused
    // Whoever comes with the same key waits here until it is known what becomes of this one.
    let number = try await first(
      """
      INSERT INTO job (
        id, organisation, app, key, fingerprint, plan, created_at, size, state, fence, until
      ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
      ON CONFLICT (app, key) WHERE key IS NOT NULL DO NOTHING
      RETURNING number
      """,
      [
        .id(new.id), .text(new.organisation), .text(new.app), .text(new.key?.key),
        .bytes(new.key?.fingerprint), .bytes(new.order), .time(new.createdAt),
        .count(new.heatPumps.count), .text(JobState.queued.rawValue), .integer(holder.fence),
        .time(holder.until),
      ]
    ) { row in try row.integer() }
    guard let number else { return try await knownJob(new) }
    send(
      """
      INSERT INTO job_member (job, place, user_id, id)
      SELECT $1::bigint, place - 1, user_id, id
      FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS heat_pump (user_id, id, place)
      """,
      [.integer(number), .ids(new.heatPumps.map(\.user)), .ids(new.heatPumps.map(\.id))])
    return .created(StoredJob(creating: new, sequence: number))
  }

  private func knownJob(_ new: NewJob) async throws -> JobCreation {
    guard let key = new.key else { throw LostRace() }
    let found = try await first(
      "SELECT \(Self.jobColumns), fingerprint FROM job WHERE app = $1 AND key = $2",
      [.text(key.app), .text(key.key)]
    ) { row in (job: try row.job(), fingerprint: try row.bytes()) }
    guard let found else { throw LostRace() }
    return found.fingerprint == key.fingerprint ? .repeated(found.job) : .mismatch
  }

  func job(_ id: ResourceID) async throws -> StoredJob? {
    try await first(Self.selectJob + "WHERE id = $1", [.id(id)]) { row in try row.job() }
  }

  func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) async throws -> [StoredJob] {
    try await all(
      Self.selectJob
        + """
        WHERE organisation = $1 AND app = coalesce($2, app) AND number < $3
        ORDER BY number DESC LIMIT $4
        """,
      [.text(organisation), .text(app), .integer(before ?? .max), .count(limit)]
    ) { row in try row.job() }
  }

  func claimJob(of organisation: String, _ request: LaneRequest) async throws -> ClaimedJob? {
    let found = try await first(
      Self.selectHeldJob
        + """
        WHERE organisation = $1 AND state IN ('queued', 'running', 'reverting')
          AND (owner IS NULL OR until <= $2)
        ORDER BY number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        """,
      [.text(organisation), .time(request.now)]
    ) { row in (job: try row.job(), holder: try row.holder()) }
    guard let job = found?.job, var holder = found?.holder, holder.take(request) else { return nil }
    hold(job, holder)
    return job.claimed(by: holder)
  }

  func renewJob(_ lease: JobLease, until: Timestamp) async throws -> ClaimedJob {
    let job: StoredJob
    var holder: LaneState
    (job, holder) = try await heldJob(lease)
    holder.until = until
    hold(job, holder)
    return job.claimed(by: holder)
  }

  func releaseJob(_ lease: JobLease) async throws {
    let job: StoredJob
    var holder: LaneState
    (job, holder) = try await heldJob(lease)
    holder.owner = nil
    hold(job, holder)
  }

  func releaseJobs(except owner: ResourceID) {
    send("UPDATE job SET owner = NULL WHERE owner <> $1", [.id(owner)])
  }

  func setCourse(_ course: JobCourse, lease: JobLease, events: [NewEvent]) async throws {
    let (job, _) = try await heldJob(lease)
    send(
      """
      UPDATE job SET state = $1, started_at = $2, reverting_since = $3, ended_at = $4,
        ending = $5, reason = $6
      WHERE number = $7
      """,
      [
        .text(course.state.rawValue), .time(course.startedAt), .time(course.revertingSince),
        .time(course.endedAt), .text(course.ending?.rawValue), .text(course.reason),
        .integer(job.sequence),
      ])
    if !events.isEmpty { try await append(EventBatch(events: events)) }
  }

  func wish(_ wish: JobWish, of id: ResourceID) async throws -> StoredJob? {
    send(
      "UPDATE job SET wish = $1 WHERE id = $2 AND state IN ('queued', 'running', 'reverting')",
      [.text(wish.rawValue), .id(id)])
    return try await job(id)
  }

  func begin(
    _ steps: [JobStep], _ phase: JobPhase, lease: JobLease, lane: LaneRequest
  ) async throws -> [LaneLease] {
    let (job, _) = try await heldJob(lease)
    let (operation, refusal) = phase.columns
    // The job's row is locked, so nobody else notes steps of it.
    let waiting = try await all(
      """
      SELECT place FROM job_member
      WHERE job = $1 AND place = ANY ($2) AND \(operation) IS NULL AND \(refusal) IS NULL
      """,
      [.integer(job.sequence), .integers(steps.map { Int64($0.place) })]
    ) { row in Int(try row.integer()) }
    let open = Set(waiting)
    // Lanes are locked in one order, whoever else locks several.
    let new = steps.filter { open.contains($0.place) }.sorted { $0.order < $1.order }
    makeRows(of: new.compactMap { $0.newOperation?.heatPump })
    var leases: [LaneLease] = []
    for step in new {
      send(
        "UPDATE job_member SET \(operation) = $1, \(refusal) = $2 WHERE job = $3 AND place = $4",
        [
          .id(step.operationID), .text(step.reason), .integer(job.sequence), .count(step.place),
        ])
      guard let operation = step.newOperation else { continue }
      let lane = (row: try await madeLane(lock(operation.heatPump)), request: lane)
      _ = insert(operation, key: nil, heatPump: lane.row.number)
      if let lease = claim(lane.row, operation.heatPump, lane.request) { leases.append(lease) }
    }
    return leases
  }

  func keepBefore(_ values: [ResourceID: [UInt8]]) {
    send(
      """
      UPDATE job_member SET before = new.before
      FROM unnest($1::uuid[], $2::bytea[]) AS new (operation, before)
      WHERE job_member.operation = new.operation
      """,
      [.ids(Array(values.keys)), .byteStrings(Array(values.values))])
  }

  func jobMember(changedBy operation: ResourceID) async throws -> StoredJobMember? {
    try await members(Self.selectMember + "WHERE operation = $1", [.id(operation)]).first
  }

  func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) async throws -> [StoredJobMember] {
    let condition = phase.map { phase in
      " AND \(phase.columns.operation) IS NULL AND \(phase.columns.refusal) IS NULL"
    }
    return try await members(
      Self.selectMember
        + "WHERE job.id = $1 AND place > $2\(condition ?? "") ORDER BY place LIMIT $3",
      [.id(job), .integer(Int64(place)), .count(limit)])
  }

  func jobTally(of job: ResourceID) async throws -> JobTally {
    let rows = try await all(
      """
      SELECT change.state, member.refusal IS NOT NULL, undo.state,
        member.undo_refusal IS NOT NULL, count(*)
      FROM job JOIN job_member AS member ON member.job = job.number
      LEFT JOIN operation AS change ON change.id = member.operation
      LEFT JOIN operation AS undo ON undo.id = member.undo
      WHERE job.id = $1 GROUP BY 1, 2, 3, 4
      """,
      [.id(job)]
    ) { row in try row.jobStanding() }
    return JobTally(counts: Dictionary(rows, uniquingKeysWith: +))
  }

  /// Forgets one job that ended before then; what another gateway is about to forget is left to it.
  ///
  /// - Returns: how many went, one or none.
  func pruneJob(endedBefore: Timestamp) async throws -> Int {
    let number = try await first(
      """
      SELECT number FROM job WHERE ended_at < $1 ORDER BY number LIMIT 1
      FOR UPDATE SKIP LOCKED
      """,
      [.time(endedBefore)]
    ) { row in try row.integer() }
    guard let number else { return 0 }
    send("DELETE FROM job_member WHERE job = $1", [.integer(number)])
    send("DELETE FROM job WHERE number = $1", [.integer(number)])
    return 1
  }

  private func members(
    _ sql: String, _ values: [PostgresValue]
  ) async throws -> [StoredJobMember] {
    let rows = try await all(sql, values) { row in try row.jobMember() }
    let operations = try await operations(rows.flatMap(\.operations))
    return try rows.map { try $0.member(operations) }
  }

  private func heldJob(
    _ lease: JobLease
  ) async throws -> (job: StoredJob, holder: LaneState) {
    let found = try await first(
      Self.selectHeldJob + "WHERE id = $1 FOR NO KEY UPDATE", [.id(lease.job)]
    ) { row in (job: try row.job(), holder: try row.holder()) }
    guard let found, found.holder.isHeld(by: lease) else { throw StorageFault.leaseLost }
    return found
  }

  private func hold(_ job: StoredJob, _ holder: LaneState) {
    send(
      "UPDATE job SET owner = $1, fence = $2, until = $3 WHERE number = $4",
      [.id(holder.owner), .integer(holder.fence), .time(holder.until), .integer(job.sequence)])
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
    SELECT place, job.organisation, job_member.user_id, job_member.id, operation, refusal, before,
      undo, undo_refusal
    FROM job JOIN job_member ON job_member.job = job.number\u{20}
    """
}

extension JobStep {
  fileprivate var newOperation: NewOperation? {
    guard case .operation(let operation) = action else { return nil }
    return operation
  }

  fileprivate var order: ResourceID {
    newOperation?.heatPump.id ?? ResourceID(high: 0, low: 0)
  }
}
