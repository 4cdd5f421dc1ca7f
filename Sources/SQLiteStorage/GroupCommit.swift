import GRDB
import GatewayCore
import Glibc
import Storage

/// The one writer: whatever waits is carried out in one transaction and shares one wait for the
/// disk.
///
/// A command that fails does not hurt the others of its group, which is carried out again then,
/// each command behind a savepoint of its own: those would cost the usual group, in which all
/// succeed, a copy of every page. Nobody hears of success before the commit has succeeded; if it
/// fails, all of the group have failed.
final class GroupCommit: Sendable {
  /// A change that somebody waits for.
  struct Command: Sendable {
    /// Carries it out; perhaps twice, the first time of which is undone.
    ///
    /// - Returns: what to do once it is durable.
    let run: @Sendable (Tables) throws -> @Sendable () -> Void
    /// What to do if it has not happened.
    let fail: @Sendable (StorageFault) -> Void
  }

  private struct State: Sendable {
    var waiting: [Command] = []
    var isRunning = false
    var statistics = StorageStatistics()
  }

  private let pool: DatabasePool
  private let path: String
  private let identity: Files.Identity?
  private let waitingLimit: Int
  private let state = Locked(State())
  private let memory = WriterMemory()

  // Keeps a transaction, and so the wait of those who come next, within some 100 ms.
  private static let groupLimit = 1024

  init(_ pool: DatabasePool, waitingLimit: Int) {
    self.pool = pool
    self.path = pool.path
    self.waitingLimit = waitingLimit
    identity = try? Files.status(of: pool.path)?.identity
  }

  var statistics: StorageStatistics {
    state.withLock { state in
      var statistics = state.statistics
      statistics.waiting = state.waiting.count
      return statistics
    }
  }

  /// Lets a command wait for its turn.
  func submit(_ command: Command) {
    let (fault, isFirst) = state.withLock { state -> (StorageFault?, Bool) in
      if state.waiting.count >= waitingLimit {
        state.statistics.refusals += 1
        return (.unavailable("\(waitingLimit) changes are waiting already"), false)
      }
      state.waiting.append(command)
      defer { state.isRunning = true }
      return (nil, !state.isRunning)
    }
    if let fault { command.fail(fault) }
    if isFirst { pool.asyncWriteWithoutTransaction { self.work($0) } }
  }

  /// Before the connection is closed, by whoever has it.
  func forgetStatements() {
    memory.forgetStatements()
  }

  private func work(_ database: Database) {
    repeat {
      // Where cores are short, those come first who may have something for this group: what a group
      // costs besides its commands, its members share. Where they aren't, this returns at once.
      sched_yield()
      guard let group = nextGroup() else { return }
      carryOut(group, database)
    } while true
  }

  private func nextGroup() -> [Command]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else {
        state.isRunning = false
        return nil
      }
      if state.waiting.count <= Self.groupLimit {
        defer { state.waiting = [] }
        return state.waiting
      }
      defer { state.waiting.removeFirst(Self.groupLimit) }
      return Array(state.waiting.prefix(Self.groupLimit))
    }
  }

  private func carryOut(_ group: [Command], _ database: Database) {
    let start = ContinuousClock.now
    let outcomes: [Outcome]
    do {
      try checkFile()
      outcomes = try run(group, database)
      try database.commit()
    } catch {
      let fault = StorageFault(error)
      undo(database)
      state.withLock { state in
        state.statistics.failedCommits += 1
        state.statistics.lastFault = fault
        state.statistics.isFailing = true
      }
      for command in group { command.fail(fault) }
      return
    }
    let duration = ContinuousClock.now - start
    state.withLock { [count = group.count] state in
      state.statistics.durations.add(duration)
      state.statistics.groups.add(Double(count))
      state.statistics.commits += 1
      state.statistics.isFailing = false
      state.statistics.commands += outcomes.count { $0.isSuccess }
    }
    for outcome in outcomes { outcome.tell() }
  }

  // How a command ended, and what to do once that is durable.
  private struct Outcome {
    let isSuccess: Bool
    let tell: @Sendable () -> Void
  }

  /// Carries a group out in a transaction that is left open.
  private func run(_ group: [Command], _ database: Database) throws -> [Outcome] {
    try begin(database)
    do {
      let tables = Tables(database, memory)
      return try group.map { Outcome(isSuccess: true, tell: try $0.run(tables)) }
    } catch  where StorageFault.concernsOneCommand(error) && database.isInsideTransaction {
      try begin(database)
      return try group.map { try runAlone($0, database) }
    }
  }

  // What is left of a transaction that went wrong is undone before.
  private func begin(_ database: Database) throws {
    if database.isInsideTransaction {
      memory.forgetNumbers()
      try database.rollback()
    }
    try database.beginTransaction(.immediate)
  }

  private func runAlone(_ command: Command, _ database: Database) throws -> Outcome {
    let tables = Tables(database, memory)
    try tables.run("SAVEPOINT command")
    do {
      let answer = try command.run(tables)
      try tables.run("RELEASE command")
      return Outcome(isSuccess: true, tell: answer)
    } catch {
      // Some failures, such as a full disk, end the whole transaction and the savepoint with it.
      guard StorageFault.concernsOneCommand(error), database.isInsideTransaction else {
        throw error
      }
      memory.forgetNumbers()
      try tables.run("ROLLBACK TO command")
      try tables.run("RELEASE command")
      let fault = StorageFault(error)
      return Outcome(isSuccess: false, tell: { command.fail(fault) })
    }
  }

  private func undo(_ database: Database) {
    // SQLite may have undone it by itself, as for a full disk.
    memory.forgetNumbers()
    guard database.isInsideTransaction else { return }
    do {
      try database.rollback()
    } catch {
      // The next group tries again before it begins.
      state.withLock { $0.statistics.lastFault = StorageFault(error) }
    }
  }

  // SQLite goes on writing to a file that was removed or replaced, where nobody would find it
  // again.
  private func checkFile() throws(StorageFault) {
    guard let identity, try Files.status(of: path)?.identity != identity else { return }
    throw .unavailable("\(path) was removed or replaced; put it back, or start again")
  }
}
