public import GatewayCore

/// A storage that is opened for looking only: for operators and auditors. A gateway may use it
/// meanwhile; neither notices the other.
public protocol StorageReader: AuditStorage {
  /// ``HookEventStorage/hookEvent(_:)``.
  func hookEvent(_ id: ResourceID) async throws(StorageFault) -> StoredHookEvent?

  /// ``HookEventStorage/hookEvents(_:before:limit:)``.
  func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredHookEvent]

  /// ``JobStorage/job(_:)``.
  func job(_ id: ResourceID) async throws(StorageFault) -> StoredJob?

  /// ``JobStorage/jobs(of:app:before:limit:)``.
  func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredJob]

  /// ``JobStorage/jobTally(of:)``.
  func jobTally(of job: ResourceID) async throws(StorageFault) -> JobTally

  /// ``JobStorage/jobMembers(of:waitingFor:after:limit:)``.
  func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) async throws(StorageFault) -> [StoredJobMember]

  /// Ends it.
  ///
  /// - Throws: ``StorageFault/unavailable(_:)`` if what was read may be of no use, because it
  ///   changed in a way that it must not while it was read.
  func close() async throws(StorageFault)
}

/// A reader that can copy what it reads.
public protocol CopyingReader: StorageReader {
  /// Writes a copy of the database, as it is at one moment, to a new file.
  ///
  /// - Parameter path: the new file; it appears when it is complete.
  /// - Throws: ``StorageFault``: `unavailable` if it exists already or cannot be written.
  func backup(to path: String) async throws(StorageFault)
}
