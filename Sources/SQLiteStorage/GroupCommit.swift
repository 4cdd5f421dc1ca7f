import GRDB
import GatewayCore
import Storage

/// The one writer: whatever waits is carried out in one transaction and shares one wait for the
/// disk.
///
/// Each command has a savepoint of its own, so that one that fails does not hurt the others. Nobody
/// hears of success before the commit has succeeded; if it fails, all of the group have failed.
final class GroupCommit: Sendable {
  /// A change that somebody waits for.
  struct Command: Sendable {
    /// Carries it out.
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

  private func work(_ database: Database) {
    while let group = nextGroup() { carryOut(group, database) }
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
    var successes: [@Sendable () -> Void] = []
    var failures: [@Sendable () -> Void] = []
    let start = ContinuousClock.now
    do {
      try checkFile()
      if database.isInsideTransaction { try database.rollback() }
      try database.beginTransaction(.immediate)
      for command in group {
        do {
          successes.append(try runAlone(command, database))
        } catch  where StorageFault.concernsOneCommand(error) && database.isInsideTransaction {
          let fault = StorageFault(error)
          failures.append { command.fail(fault) }
        }
      }
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
      state.statistics.commands += successes.count
    }
    for answer in successes + failures { answer() }
  }

  private func runAlone(
    _ command: Command, _ database: Database
  ) throws -> @Sendable () -> Void {
    let tables = Tables(database)
    try tables.run("SAVEPOINT command")
    do {
      let answer = try command.run(tables)
      try tables.run("RELEASE command")
      return answer
    } catch {
      // Some failures, such as a full disk, end the whole transaction and the savepoint with it.
      if database.isInsideTransaction {
        try tables.run("ROLLBACK TO command")
        try tables.run("RELEASE command")
      }
      throw error
    }
  }

  private func undo(_ database: Database) {
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
