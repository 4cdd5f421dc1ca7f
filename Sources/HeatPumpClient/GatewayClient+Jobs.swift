import Foundation

extension GatewayClient {
  /// What a job would come to; nothing is sent.
  ///
  /// - Throws: ``Problem`` (`invalid-job`), ``ClientError``.
  public func preview(_ job: NewJob) async throws -> JobPreview {
    var job = job
    job.isDryRun = true
    return try await value(
      Draft(method: "POST", path: ["jobs"], body: try Wire.encode(job)))
  }

  /// Begins a job.
  ///
  /// - Parameter key: one for each decision, however often it is sent.
  /// - Throws: ``Problem`` (`invalid-job`), ``ClientError``.
  public func start(
    _ job: NewJob, idempotencyKey key: String = newIdempotencyKey()
  ) async throws -> Job {
    try await value(
      Draft(
        method: "POST", path: ["jobs"], headers: [("Idempotency-Key", key)],
        body: try Wire.encode(job)))
  }

  /// How far a job has come.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func job(_ id: String) async throws -> Job {
    try await value(Draft(path: ["jobs", id]))
  }

  /// A page of the app's jobs, the newest first.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func jobs(limit: Int = 100, cursor: String? = nil) async throws -> Page<Job> {
    try await value(Draft(path: ["jobs"], query: Self.page(limit, cursor)))
  }

  /// Stops a job.
  ///
  /// - Parameter revert: whether it puts back what it has changed; `nil` for what the job itself
  ///   says.
  /// - Throws: ``Problem``, ``ClientError``.
  public func cancelJob(_ id: String, revert: Bool? = nil) async throws -> Job {
    let body = try revert.map { try Wire.encode(["revert": $0]) }
    return try await value(Draft(method: "POST", path: ["jobs", id, "cancel"], body: body))
  }

  /// A page of what became of each heat pump.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func results(
    ofJob id: String, limit: Int = 100, cursor: String? = nil
  ) async throws -> Page<JobResult> {
    try await value(Draft(path: ["jobs", id, "results"], query: Self.page(limit, cursor)))
  }

  /// Waits until a job has ended.
  ///
  /// - Parameters:
  ///   - interval: how long to wait between two looks.
  ///   - progress: is told each state that is seen.
  /// - Throws: ``Problem``, ``ClientError``, `CancellationError`.
  public func ended(
    _ job: Job, every interval: Duration = .seconds(1),
    progress: (Job) -> Void = { _ in }
  ) async throws -> Job {
    var job = job
    progress(job)
    while job.endedAt == nil {
      try await sleep(interval)
      job = try await self.job(job.id)
      progress(job)
    }
    return job
  }

  /// All items of a list, page after page.
  ///
  /// - Parameter page: gets one; such as `{ try await gateway.jobs(cursor: $0) }`.
  /// - Throws: what `page` throws.
  public func all<Item>(
    _ page: (_ cursor: String?) async throws -> Page<Item>
  ) async throws -> [Item] {
    var items: [Item] = []
    var cursor: String?
    repeat {
      let next = try await page(cursor)
      items += next.items
      cursor = next.nextCursor
    } while cursor != nil
    return items
  }
}
