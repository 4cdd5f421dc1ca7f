public import GatewayCore
public import Storage

/// A schema that is opened for looking only.
public final class PostgresReader: StorageReader {
  private let storage: PostgresStorage

  private init(_ storage: PostgresStorage) { self.storage = storage }

  /// Connects. It makes nothing: a schema that no gateway has made is not there.
  ///
  /// - Throws: ``StorageFault``: `unavailable` if the server is not to be had at present; `damaged`
  ///   if the URL cannot be read, or the schema is not there or was made by a newer version.
  public static func open(_ settings: PostgresSettings) async throws(StorageFault) -> PostgresReader
  {
    var settings = settings
    settings.makesSchema = false
    settings.connections = 1
    return PostgresReader(try await PostgresStorage.open(settings, isTried: false))
  }

  /// ``AuditStorage/auditTrail(after:limit:)``.
  public func auditTrail(after: Int64, limit: Int) async throws(StorageFault) -> [AuditRecord] {
    try await storage.auditTrail(after: after, limit: limit)
  }

  /// ``AuditStorage/auditTrail(before:of:since:limit:)``.
  public func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) async throws(StorageFault) -> [AuditRecord] {
    try await storage.read {
      try await $0.auditTrail(before: before, of: heatPump, since: since, limit: limit)
    }
  }

  /// ``HookEventStorage/hookEvent(_:)``.
  public func hookEvent(_ id: ResourceID) async throws(StorageFault) -> StoredHookEvent? {
    try await storage.hookEvent(id)
  }

  /// ``HookEventStorage/hookEvents(_:before:limit:)``.
  public func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredHookEvent] {
    try await storage.hookEvents(filter, before: before, limit: limit)
  }

  /// ``JobStorage/job(_:)``.
  public func job(_ id: ResourceID) async throws(StorageFault) -> StoredJob? {
    try await storage.job(id)
  }

  /// ``JobStorage/jobs(of:app:before:limit:)``.
  public func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredJob] {
    try await storage.jobs(of: organisation, app: app, before: before, limit: limit)
  }

  /// ``JobStorage/jobTally(of:)``.
  public func jobTally(of job: ResourceID) async throws(StorageFault) -> JobTally {
    try await storage.jobTally(of: job)
  }

  /// ``JobStorage/jobMembers(of:waitingFor:after:limit:)``.
  public func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) async throws(StorageFault) -> [StoredJobMember] {
    try await storage.jobMembers(of: job, waitingFor: phase, after: place, limit: limit)
  }

  /// Ends the connection.
  public func close() async { await storage.close() }
}
