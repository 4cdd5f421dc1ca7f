import GRDB
public import GatewayCore
public import Storage

/// A database file that is opened for reading only: for auditors and for copies.
///
/// A gateway may run on the file meanwhile; neither notices the other. A file that no process has
/// open is read as it lies there, and nothing is left beside it.
public final class SQLiteReader: CopyingReader {
  private let queue: DatabaseQueue
  private let path: String
  private let isAlone: Bool

  private init(_ queue: DatabaseQueue, path: String, isAlone: Bool) {
    self.queue = queue
    self.path = path
    self.isAlone = isAlone
  }

  /// Opens a file.
  ///
  /// - Throws: ``StorageFault``: `unavailable` if it is not there or cannot be read; `damaged` if
  ///   it is not a gateway's database, or was made by a newer version.
  public static func open(path: String) async throws(StorageFault) -> SQLiteReader {
    try await SQLiteStorage.aside { () throws(StorageFault) in
      do {
        return try openNow(path)
      } catch {
        throw StorageFault(error).naming(path)
      }
    }
  }

  private static func openNow(_ path: String) throws -> SQLiteReader {
    guard let status = try Files.status(of: path) else {
      throw StorageFault.unavailable("there is no such file")
    }
    guard status.isFile else { throw StorageFault.damaged("it is not a file") }
    // Whoever has it open keeps both files beside it, and a crash leaves them there.
    let isAlone = try ["-wal", "-shm"].allSatisfy { try Files.status(of: path + $0) == nil }
    let queue = try isAlone ? openAlone(path) : open(path)
    try queue.read { try Schema.check($0, mayBeBlank: false) }
    return SQLiteReader(queue, path: path, isAlone: isAlone)
  }

  // SQLite would make both files for a reader, too, and cannot take them away again. It does not
  // for one who promises that nobody writes; `close()` looks whether that was so.
  private static func openAlone(_ path: String) throws -> DatabaseQueue {
    do {
      return try open("file:\(escaped(path))?immutable=1")
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      // This SQLite was built without file names of that form.
      return try open(path)
    }
  }

  private static func open(_ path: String) throws -> DatabaseQueue {
    var configuration = DatabaseFile(path: path, busySeconds: 5).configuration
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  private static func escaped(_ path: String) -> String {
    path.utf8.reduce(into: "") { text, byte in
      let isPlain = byte < 0x80 && !"%?# ".utf8.contains(byte)
      text += isPlain ? String(UnicodeScalar(byte)) : percent(byte)
    }
  }

  private static func percent(_ byte: UInt8) -> String {
    String(decoding: [UInt8(ascii: "%"), hexDigit(byte >> 4), hexDigit(byte & 15)], as: UTF8.self)
  }

  /// ``AuditStorage/auditTrail(after:limit:)``.
  public func auditTrail(after: Int64, limit: Int) async throws(StorageFault) -> [AuditRecord] {
    try await read { try Tables($0).auditTrail(after: after, limit: limit) }
  }

  /// ``AuditStorage/auditTrail(before:of:since:limit:)``.
  public func auditTrail(
    before: Int64?, of heatPump: ResourceID?, since: Timestamp?, limit: Int
  ) async throws(StorageFault) -> [AuditRecord] {
    try await read {
      try Tables($0).auditTrail(before: before, of: heatPump, since: since, limit: limit)
    }
  }

  /// ``HookEventStorage/hookEvent(_:)``.
  public func hookEvent(_ id: ResourceID) async throws(StorageFault) -> StoredHookEvent? {
    try await read { try Tables($0).hookEvent(id) }
  }

  /// ``HookEventStorage/hookEvents(_:before:limit:)``.
  public func hookEvents(
    _ filter: HookEventFilter, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredHookEvent] {
    try await read { try Tables($0).hookEvents(filter, before: before, limit: limit) }
  }

  /// ``JobStorage/job(_:)``.
  public func job(_ id: ResourceID) async throws(StorageFault) -> StoredJob? {
    try await read { try Tables($0).job(id) }
  }

  /// ``JobStorage/jobs(of:app:before:limit:)``.
  public func jobs(
    of organisation: String, app: String?, before: Int64?, limit: Int
  ) async throws(StorageFault) -> [StoredJob] {
    try await read {
      try Tables($0).jobs(of: organisation, app: app, before: before, limit: limit)
    }
  }

  /// ``JobStorage/jobTally(of:)``.
  public func jobTally(of job: ResourceID) async throws(StorageFault) -> JobTally {
    try await read { try Tables($0).jobTally(of: job) }
  }

  /// ``JobStorage/jobMembers(of:waitingFor:after:limit:)``.
  public func jobMembers(
    of job: ResourceID, waitingFor phase: JobPhase?, after place: Int, limit: Int
  ) async throws(StorageFault) -> [StoredJobMember] {
    try await read {
      try Tables($0).jobMembers(of: job, waitingFor: phase, after: place, limit: limit)
    }
  }

  /// Writes a copy of the database, as it is at one moment, to a new file.
  ///
  /// - Parameter path: the new file; it appears when it is complete.
  /// - Throws: ``StorageFault``: `unavailable` if it exists already or cannot be written.
  public func backup(to path: String) async throws(StorageFault) {
    try await read { try $0.copy(to: path) }
  }

  /// Closes the file.
  ///
  /// - Throws: ``StorageFault/unavailable(_:)`` if a gateway has begun to write meanwhile to a file
  ///   that nobody had open: what was read may be a mixture of old and new then.
  public func close() async throws(StorageFault) {
    let (queue, path, isAlone) = (queue, path, isAlone)
    try await SQLiteStorage.aside { () throws(StorageFault) in
      // Fails for a connection that is in use, and there is none any more.
      try? queue.close()
      guard isAlone, try Files.status(of: path + "-wal") != nil else { return }
      throw .unavailable("\(path): a gateway has opened it meanwhile; try again")
    }
  }

  private func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StorageFault) -> Value {
    do {
      return try await queue.read(body)
    } catch {
      throw StorageFault(error)
    }
  }
}

extension Database {
  /// Writes a copy of the database to a new file, which appears when it is complete.
  func copy(to path: String) throws {
    guard try Files.status(of: path) == nil else {
      throw StorageFault.unavailable("\(path) exists already")
    }
    let unfinished = path + ".new"
    try Files.makeFile(unfinished)
    defer { Files.remove(unfinished) }
    let target = try DatabaseQueue(path: unfinished)
    try target.writeWithoutTransaction { try backup(to: $0) }
    try target.close()
    guard try Files.publish(unfinished, as: path) else {
      throw StorageFault.unavailable("\(path) exists already")
    }
  }
}
