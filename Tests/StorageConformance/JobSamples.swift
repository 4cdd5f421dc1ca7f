import GatewayCore
import Storage
import Testing

extension Samples {
  /// A job of some heat pumps.
  static func job(
    _ number: Int, of organisation: String = "north", app: String = "comfort",
    key: IdempotencyKey? = nil, heatPumps: Int = 3
  ) -> NewJob {
    NewJob(
      id: id(8, number), organisation: organisation, app: app, key: key, order: [0, 255, 123],
      createdAt: time(Int64(number)),
      heatPumps: (0..<heatPumps).map { heatPump($0 + 1, of: organisation) })
  }

  /// The operation of a job with a heat pump.
  static func jobOperation(_ number: Int, on heatPump: Int) -> NewOperation {
    var operation = operation(number, on: self.heatPump(heatPump))
    operation.origin = OperationOrigin(kind: .job, name: "comfort", occasion: "job")
    return operation
  }
}

extension Storage {
  /// Stores a job and takes it.
  func startJob(_ number: Int = 1, heatPumps: Int = 3) async throws -> JobLease {
    _ = try await createJob(Samples.job(number, heatPumps: heatPumps))
    return try #require(try await claimJob(of: "north", Samples.request())).lease
  }

  /// Begins operations with the heat pumps of these places.
  @discardableResult
  func begin(
    _ operations: [(place: Int, operation: Int)], _ lease: JobLease, _ phase: JobPhase = .apply
  ) async throws -> [LaneLease] {
    try await begin(
      operations.map { place, number in
        JobStep(
          place: place, action: .operation(Samples.jobOperation(number, on: place + 1)))
      }, phase, lease: lease, lane: Samples.request())
  }

  func members(
    of job: Int = 1, waitingFor phase: JobPhase? = nil, after place: Int = -1, limit: Int = 99
  ) async throws -> [StoredJobMember] {
    try await jobMembers(
      of: Samples.id(8, job), waitingFor: phase, after: place, limit: limit)
  }

  func storedJob(_ number: Int = 1) async throws -> StoredJob? {
    try await job(Samples.id(8, number))
  }
}
