public import GatewayCore
internal import Reactor
public import Storage

/// A storage on a PostgreSQL server, for several gateways.
///
/// Every call is one transaction; it sees what others have committed, and rows that decide are
/// locked while it lasts. Whatever fails because another transaction came between, or because the
/// connection went before the commit was sent, is done again. The connections live on a thread of
/// their own: nothing here blocks Swift's threads.
///
/// While the server is away every call gives `unavailable`, most of them at once; nothing has to
/// be done when it is back. Only if the connection goes between a commit and its answer, what was
/// reported as `unavailable` may be there after all.
public final class PostgresStorage: MeasuredStorage {
  let clock: any GatewayClock
  private let random: any RandomSource
  private let reactor: Reactor
  private let thread: ReactorThread
  private let pool: ConnectionPool
  private let counts = Locked(StorageStatistics())
  let door = Door()
  // Of one gateway's claims at the same moment, each would leave out what another looks at.
  let claims = TurnQueue()

  // How many rows one transaction prunes, so that nobody waits long behind it.
  static let pruneLimit = 500
  private static let attempts = 5

  private init(
    _ settings: PostgresSettings, clock: any GatewayClock, random: any RandomSource
  ) throws(ReactorFault) {
    self.clock = clock
    self.random = random
    reactor = try Reactor(clock: clock)
    pool = ConnectionPool(settings, on: reactor, random: random)
    thread = try reactor.start(name: "postgres")
  }

  /// Connects, and brings the schema to this release's state, or makes it.
  ///
  /// - Parameters:
  ///   - mayBeAway: whether a server that is not to be had at present is waited for behind the
  ///     scenes; the schema is looked after as soon as it is there.
  /// - Throws: ``StorageFault``: `unavailable` if the server is not to be had at present; `damaged`
  ///   if the URL cannot be read, the server is too old, or the schema needs a newer release.
  public static func open(
    _ settings: PostgresSettings, mayBeAway: Bool = false,
    clock: any GatewayClock = SystemClock(), random: any RandomSource = SystemRandomSource()
  ) async throws(StorageFault) -> PostgresStorage {
    let storage: PostgresStorage
    do {
      storage = try PostgresStorage(settings, clock: clock, random: random)
    } catch {
      throw .unavailable("\(error)")
    }
    do {
      try await storage.check()
    } catch {
      if mayBeAway, case .unavailable = error { return storage }
      await storage.close()
      throw error
    }
    return storage
  }

  /// What was done so far.
  public var statistics: StorageStatistics { counts.withLock { $0 } }

  // A failure counts if it is the server's, and not of one command alone.
  private func count(_ fault: PostgresFault?) {
    counts.withLock { counts in
      guard let fault else {
        counts.commits += 1
        counts.commands += 1
        counts.isFailing = false
        return
      }
      guard fault.isOfTheServer else { return }
      counts.failedCommits += 1
      counts.lastFault = fault.storageFault
      counts.isFailing = true
    }
  }

  /// ``Storage/check()``: changes a row.
  public func check() async throws(StorageFault) {
    try await write { session in
      _ = session.send("UPDATE health SET checks = checks + 1 WHERE number = 1")
    }
  }

  /// ``Storage/close()``: carries out what is under way, then ends the connections.
  public func close() async {
    guard await door.close() else { return }
    await onReactor { [pool] in pool.close() }
    reactor.stop()
    thread.join()
  }

  /// Runs a transaction that changes something.
  ///
  /// - Parameter body: may be run several times.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Session) async throws -> Value
  ) async throws(StorageFault) -> Value {
    try await inside { await self.repeating { await self.change(body) } }.get()
  }

  /// Reads from one state of the database.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Session) async throws -> Value
  ) async throws(StorageFault) -> Value {
    try await inside { await self.repeating { await self.look(body) } }.get()
  }

  // MARK: Transactions

  private enum Outcome<Value: Sendable>: Sendable {
    case done(Value)
    case again(StorageFault)
    case failed(StorageFault)
  }

  private func repeating<Value: Sendable>(
    _ attempt: @Sendable () async -> Outcome<Value>
  ) async -> Result<Value, StorageFault> {
    var number = 1
    while true {
      switch await attempt() {
      case .done(let value): return .success(value)
      case .failed(let fault): return .failure(fault)
      case .again(let fault):
        guard number < Self.attempts else { return .failure(fault) }
        try? await clock.sleep(for: random.jitter(upTo: .milliseconds(10 * number)))
        number += 1
      }
    }
  }

  private func change<Value: Sendable>(
    _ body: @Sendable (Session) async throws -> Value
  ) async -> Outcome<Value> {
    await withConnection { connection in
      let session = Session(.change, on: connection)
      do {
        let value = try await body(session)
        session.sendCommit()
        let commit = try await session.commit?.rows()
        // A commit of what has failed is answered with another word.
        guard commit?.tag == "COMMIT" else { throw PostgresFault.lost("nothing was committed") }
        self.count(nil)
        return .done(value)
      } catch {
        let isSent = session.commit != nil
        let isLost = !connection.isGood
        if let fault = error as? PostgresFault { self.count(fault) }
        if !isLost { await self.undo(connection) }
        return Self.outcome(of: error, isUncertain: isSent && isLost)
      }
    }
  }

  private func undo(_ connection: PostgresConnection) async {
    do throws(PostgresFault) {
      _ = try await connection.send("ROLLBACK").rows()
    } catch {
      connection.close()
    }
  }

  private func look<Value: Sendable>(
    _ body: @Sendable (Session) async throws -> Value
  ) async -> Outcome<Value> {
    await withConnection { connection in
      let session = Session(.look, on: connection)
      do {
        let value = try await body(session)
        session.sendCommit()
        connection.endRound()
        return .done(value)
      } catch {
        if connection.isGood { await self.undo(connection) }
        return Self.outcome(of: error, isUncertain: false)
      }
    }
  }

  private func withConnection<Value: Sendable>(
    _ body: (PostgresConnection) async -> Outcome<Value>
  ) async -> Outcome<Value> {
    let connection: PostgresConnection
    do throws(PostgresFault) {
      connection = try await pool.borrow()
    } catch {
      count(error)
      return .failed(error.storageFault)
    }
    let outcome = await body(connection)
    pool.giveBack(connection)
    return outcome
  }

  private static func outcome<Value>(
    of error: any Error, isUncertain: Bool
  ) -> Outcome<Value> {
    switch error {
    case let fault as StorageFault: return .failed(fault)
    case is LostRace: return .again(.unavailable("others came between again and again"))
    case let fault as PostgresFault:
      if isUncertain {
        return .failed(
          .unavailable("the connection was lost before the commit was answered"))
      }
      return fault.isPassing || fault.isOfTheConnection
        ? .again(fault.storageFault) : .failed(fault.storageFault)
    default: return .failed(.unavailable("\(error)"))
    }
  }

  // MARK: The thread

  // Runs on the connections' thread; the storage stays open meanwhile.
  private func inside<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Result<Value, StorageFault>
  ) async -> Result<Value, StorageFault> {
    do throws(StorageFault) {
      try door.enter()
    } catch {
      return .failure(error)
    }
    // Left on that thread: the caller's own may have ended by then, as when the gateway stops.
    return await onReactor { [door] in
      defer { door.leave() }
      return await body()
    }
  }

  private func onReactor<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
  ) async -> Value {
    await withTaskExecutorPreference(reactor, operation: body)
  }
}
