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
  private let listener: NewsListener
  private let counts = Locked(StorageStatistics())
  // Tells this storage's news from those of others.
  private let sender: String
  let door = Door()
  // Of one gateway's claims at the same moment, each would leave out what another looks at.
  let claims = TurnQueue()
  // How many other gateways there are, as far as is known.
  let others = Locked(0)

  private static let attempts = 5
  // One that says nothing for so long hears nothing, and looks at everything when it does again.
  private static let hearingTime = Duration.seconds(1)

  private init(
    _ settings: PostgresSettings, clock: any GatewayClock, random: any RandomSource
  ) throws(ReactorFault) {
    self.clock = clock
    self.random = random
    reactor = try Reactor(clock: clock)
    pool = ConnectionPool(settings, on: reactor, random: random)
    sender = String(random.next(), radix: 36)
    listener = NewsListener(settings, on: reactor, random: random, sender: sender)
    thread = try reactor.start(name: "postgres")
  }

  /// Connects, and brings the schema to this release's state, or makes it.
  ///
  /// - Parameters:
  ///   - isTried: whether something is written at once, to see whether it can be.
  ///   - mayBeAway: whether a server that is not to be had at present is waited for behind the
  ///     scenes; the schema is looked after as soon as it is there.
  /// - Throws: ``StorageFault``: `unavailable` if the server is not to be had at present; `damaged`
  ///   if the URL cannot be read, the server is too old, or the schema needs a newer release.
  public static func open(
    _ settings: PostgresSettings, isTried: Bool = true, mayBeAway: Bool = false,
    clock: any GatewayClock = SystemClock(), random: any RandomSource = SystemRandomSource()
  ) async throws(StorageFault) -> PostgresStorage {
    let storage: PostgresStorage
    do {
      storage = try PostgresStorage(settings, clock: clock, random: random)
    } catch {
      throw .unavailable("\(error)")
    }
    do {
      if isTried { try await storage.check() } else { try await storage.read { _ in } }
    } catch {
      if mayBeAway, case .unavailable = error { return storage }
      await storage.close()
      throw error
    }
    return storage
  }

  /// What was done so far.
  public var statistics: StorageStatistics { counts.withLock { $0 } }

  // Each command is a transaction. A failure counts if it is the server's, and not of one command
  // alone.
  private func count(_ commit: Result<Duration, PostgresFault>) {
    counts.withLock { counts in
      switch commit {
      case .success(let duration):
        counts.commits += 1
        counts.commands += 1
        counts.durations.add(duration)
        counts.groups.add(1)
        counts.isFailing = false
      case .failure(let fault) where fault.isOfTheServer:
        counts.failedCommits += 1
        counts.lastFault = fault.storageFault
        counts.isFailing = true
      case .failure: break
      }
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
    await onReactor { [pool, listener] in
      await listener.close()
      pool.close()
    }
    reactor.stop()
    thread.join()
  }

  /// Runs a transaction that changes something.
  ///
  /// - Parameters:
  ///   - body: may be run several times.
  ///   - again: reads what `body` would have given, for one that was committed but whose answers
  ///     were lost before it came to its end.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (Session) async throws -> Value,
    orReadAgain again: (@Sendable (Session) async throws -> Value)? = nil
  ) async throws(StorageFault) -> Value {
    try await inside {
      await self.repeating {
        let outcome = await self.attempt(.change, body)
        guard case .answerLost = outcome else { return outcome }
        guard let again, case .done(let value) = await self.attempt(.look, again) else {
          return .failed(.unavailable("it was committed, but what came of it was lost"))
        }
        return .done(value)
      }
    }.get()
  }

  /// Reads from one state of the database.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (Session) async throws -> Value
  ) async throws(StorageFault) -> Value {
    try await inside { await self.repeating { await self.attempt(.look, body) } }.get()
  }

  /// ``SharedStorage/follow(_:)``.
  public func follow(_ handler: @escaping @Sendable (SharedNews) -> Void) async {
    await onReactor { [listener] in listener.follow(handler) }
  }

  /// Carries out what asks the other gateways to say that they have heard of it, and waits for
  /// that, for a second at most.
  ///
  /// - Parameter body: gets the question's word; `nil` if nobody is asked.
  func heard(
    _ body: (String?) async throws(StorageFault) -> Void
  ) async throws(StorageFault) {
    let (count, question) = (others.withLock { $0 }, String(random.next(), radix: 36))
    guard count > 0, await onReactor({ [listener] in listener.expect(question, of: count) }) else {
      return try await body(nil)
    }
    do throws(StorageFault) {
      try await body(question)
    } catch {
      await onReactor { [listener] in listener.forget(question) }
      throw error
    }
    let answers = await onReactor { [listener] in
      await listener.wait(for: question, atMost: Self.hearingTime)
    }
    // Nobody waits for the same one again, until those that live are counted anew.
    if answers < count { others.withLock { $0 = min($0, answers) } }
  }

  // MARK: Transactions

  private enum Outcome<Value: Sendable>: Sendable {
    case done(Value)
    case again(StorageFault)
    case failed(StorageFault)
    // Committed, but the body did not come to its end.
    case answerLost
  }

  private func repeating<Value: Sendable>(
    _ attempt: @Sendable () async -> Outcome<Value>
  ) async -> Result<Value, StorageFault> {
    var number = 1
    while true {
      switch await attempt() {
      case .done(let value): return .success(value)
      case .failed(let fault): return .failure(fault)
      case .answerLost: return .failure(.unavailable("what came of it was lost"))
      case .again(let fault):
        guard number < Self.attempts else { return .failure(fault) }
        try? await clock.sleep(for: random.jitter(upTo: .milliseconds(10 * number)))
        number += 1
      }
    }
  }

  private func attempt<Value: Sendable>(
    _ kind: Session.Kind, _ body: @Sendable (Session) async throws -> Value
  ) async -> Outcome<Value> {
    await withConnection { connection in
      let start = self.clock.monotonic
      let session = Session(kind, on: connection, sender: self.sender)
      let line = self.listener.present
      var value: Value?
      do {
        let result = try await body(session)
        value = result
        session.sendCommit()
        if kind == .change {
          let commit = try await session.commit?.rows()
          // A commit of what has failed is answered with another word.
          guard commit?.tag == "COMMIT" else { throw PostgresFault.lost("nothing was committed") }
          self.count(.success(self.clock.monotonic - start))
        } else {
          connection.endRound()
        }
        return .done(result)
      } catch {
        var isUncertain = kind == .change && session.commit != nil && !connection.isGood
        if kind == .change, let fault = error as? PostgresFault { self.count(.failure(fault)) }
        if connection.isGood { await self.undo(connection) }
        if isUncertain, let fate = await self.fate(of: session, seenBy: line) {
          if fate == .committed { return value.map { .done($0) } ?? .answerLost }
          isUncertain = false
        }
        return Self.outcome(of: error, isUncertain: isUncertain)
      }
    }
  }

  private enum Fate { case committed, undone }

  // What became of a commit whose answer was lost with its connection. The server can be asked by
  // the transaction's number, but after a crash or on a replica that took over, another transaction
  // may have got the same number. A connection that was there before and still is has outlived
  // neither: so it alone is asked, and without one nothing can be said.
  private func fate(of session: Session, seenBy line: Int?) async -> Fate? {
    guard let line, let rows = try? await session.number?.rows(),
      let number = try? rows.first({ row in try row.integer() })
    else { return nil }
    for _ in 0..<Self.attempts {
      guard let connection = listener.connection(line),
        let answer = try? await connection.send(
          "SELECT pg_xact_status($1::bigint::text::xid8)", [.integer(number)]
        ).rows(),
        let status = try? answer.first({ row in try row.optionalText() }) ?? nil
      else { return nil }
      switch status {
      case "committed": return .committed
      case "aborted": return .undone
      // The server has not noticed yet, or waits for a replica.
      default: try? await clock.sleep(for: .milliseconds(200))
      }
    }
    return nil
  }

  private func undo(_ connection: PostgresConnection) async {
    do throws(PostgresFault) {
      _ = try await connection.send("ROLLBACK").rows()
    } catch {
      connection.close()
    }
  }

  private func withConnection<Value: Sendable>(
    _ body: (PostgresConnection) async -> Outcome<Value>
  ) async -> Outcome<Value> {
    let connection: PostgresConnection
    do throws(PostgresFault) {
      connection = try await pool.borrow()
    } catch {
      count(.failure(error))
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
