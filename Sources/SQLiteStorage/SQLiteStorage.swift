import Dispatch
import GRDB
public import GatewayCore
public import Storage

/// A storage in one SQLite file, for one gateway.
///
/// The file is in WAL mode with `synchronous = FULL`: a call that has returned survives the end of
/// the process and of the machine's power. Writes wait in one queue and share commits; reads have
/// connections of their own. None of it blocks Swift's own threads.
///
/// A full disk, a lock that somebody else holds, or a folder that went read-only give `unavailable`
/// for as long as they last. If the disk fails while a commit is being made durable, and the power
/// goes before the next commit, what was reported as `unavailable` may be there after all.
public final class SQLiteStorage: MeasuredStorage {
  private let pool: DatabasePool
  private let writer: GroupCommit
  let door = Door()

  /// The file.
  var path: String { pool.path }

  private init(_ pool: DatabasePool, waitingLimit: Int) {
    self.pool = pool
    writer = GroupCommit(pool, waitingLimit: waitingLimit)
  }

  /// Opens the file, brings it to the present schema, or makes it with the folders above it.
  ///
  /// - Parameters:
  ///   - path: the file; SQLite keeps two more beside it, with `-wal` and `-shm` behind the name.
  ///     It must be on a local disk.
  ///   - busyTimeout: how long to wait for a lock that another process holds.
  ///   - waitingLimit: how many changes may wait before more are refused.
  /// - Throws: ``StorageFault``: `unavailable` if it cannot be written at present; `damaged` if it
  ///   is empty, not a database, another program's, or made by a newer version.
  public static func open(
    path: String, busyTimeout: Duration = .seconds(5), waitingLimit: Int = 10_000
  ) async throws(StorageFault) -> SQLiteStorage {
    let file = DatabaseFile(path: path, busySeconds: busyTimeout.seconds)
    return try await aside { () throws(StorageFault) in
      SQLiteStorage(try file.open(), waitingLimit: waitingLimit)
    }
  }

  /// What the writer has done so far.
  public var statistics: StorageStatistics { writer.statistics }

  /// ``Storage/check()``: writes a row.
  public func check() async throws(StorageFault) {
    try await write { try $0.check() }
  }

  /// ``Storage/prune(operations:keys:settings:)``. It goes in many short transactions, so that
  /// nobody waits long behind it: if it throws, some rows may have gone.
  @discardableResult
  public func prune(
    operations: Timestamp, keys: Timestamp, settings: Timestamp
  ) async throws(StorageFault) -> Int {
    try await ShortSteps.prune(
      self, operations: operations, keys: keys, settings: settings)
  }

  /// ``Storage/close()``: carries out what waits, then closes the file.
  public func close() async {
    guard await door.close() else { return }
    let (pool, writer) = (pool, writer)
    await Self.aside {
      // Readers are closed last and cannot fold the log into the file. If that fails, the log is
      // kept and read at the next start.
      try? pool.writeWithoutTransaction { database in
        writer.forgetStatements()
        _ = try database.checkpoint(.truncate)
      }
      // Fails for a connection that is in use, and there is none any more.
      try? pool.close()
    }
  }

  /// Hands a command to the writer and waits until it is durable.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Tables) throws -> Value
  ) async throws(StorageFault) -> Value {
    try await inside { answer in
      self.writer.submit(
        GroupCommit.Command(
          run: { tables in
            let value = try body(tables)
            return { answer(.success(value)) }
          },
          fail: { answer(.failure($0)) }))
    }
  }

  /// Reads from one state of the database.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Tables) throws -> Value
  ) async throws(StorageFault) -> Value {
    try await inside { answer in
      self.pool.asyncRead { database in
        let result = Result { try body(Tables(try database.get())) }
        answer(result.mapError { StorageFault($0) })
      }
    }
  }

  /// Lends a connection for reading, outside of any transaction.
  func connection<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(StorageFault) -> Value {
    try await inside { answer in
      self.pool.asyncUnsafeRead { database in
        let result = Result { try body(try database.get()) }
        answer(result.mapError { StorageFault($0) })
      }
    }
  }

  // Starts work on another thread and waits for its answer; the file stays open meanwhile.
  private func inside<Value: Sendable>(
    _ start: (@escaping @Sendable (Result<Value, StorageFault>) -> Void) -> Void
  ) async throws(StorageFault) -> Value {
    try door.enter()
    let door = door
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Value, StorageFault>, Never>) in
      start { result in
        door.leave()
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }

  // Runs what blocks on a thread that Swift's tasks do not need.
  static func aside<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
      DispatchQueue(label: "storage.aside").async {
        do throws(Failure) {
          continuation.resume(returning: .success(try body()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}
