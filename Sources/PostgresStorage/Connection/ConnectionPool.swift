internal import Dispatch
internal import GatewayCore
internal import Reactor
internal import Storage

/// A few connections for everybody, lent one at a time. Confined to their reactor.
///
/// Whoever comes first is served first. While the server is away, callers are told so at once, and
/// it is asked again and again, with pauses that grow and are never the same.
final class ConnectionPool: @unchecked Sendable {
  // Sendable is safe: everything is touched on the reactor's thread only, but for the settings,
  // which never change.
  private struct Waiting {
    let number: Int
    let continuation: CheckedContinuation<Result<PostgresConnection, PostgresFault>, Never>
    var timer: TimerToken
  }

  private let settings: PostgresSettings
  private let reactor: Reactor
  private let random: any RandomSource
  private let backoff = Backoff(first: .milliseconds(200), most: .seconds(5))

  private var idle: [PostgresConnection] = []
  private var lent = 0
  private var opening = 0
  private var waiting: [Waiting] = []
  private var lastNumber = 0
  private var failures = 0
  private var fault: PostgresFault?
  private var isClosed = false
  private var isMigrated = false
  private var hasRetry = false

  init(_ settings: PostgresSettings, on reactor: Reactor, random: any RandomSource) {
    self.settings = settings
    self.reactor = reactor
    self.random = random
  }

  /// Borrows a connection; ``giveBack(_:)`` belongs to it.
  ///
  /// - Throws: `lost` if there is none to be had, or none was free in time.
  func borrow() async throws(PostgresFault) -> PostgresConnection {
    if isClosed { throw .lost("closed") }
    while let connection = idle.popLast() {
      if connection.isGood {
        lent += 1
        return connection
      }
    }
    // Known to be away, and somebody is knocking already.
    if lent == 0, let fault, hasRetry { throw fault }
    let result = await withCheckedContinuation { continuation in
      lastNumber += 1
      let number = lastNumber
      waiting.append(Waiting(number: number, continuation: continuation, timer: wait(number)))
      openMore()
    }
    return try result.get()
  }

  /// Gives a connection back.
  func giveBack(_ connection: PostgresConnection) {
    lent -= 1
    guard connection.isGood, connection.isBetweenRounds, !isClosed else {
      connection.close()
      return openMore()
    }
    offer(connection)
  }

  /// Lends nothing any more, and ends what is not lent.
  func close() {
    isClosed = true
    for connection in idle { connection.close() }
    idle = []
    refuseAll(.lost("closed"))
  }

  private func offer(_ connection: PostgresConnection) {
    guard !waiting.isEmpty else { return idle.append(connection) }
    let next = waiting.removeFirst()
    reactor.cancel(next.timer)
    lent += 1
    next.continuation.resume(returning: .success(connection))
  }

  private func wait(_ number: Int) -> TimerToken {
    reactor.schedule(at: reactor.clock.monotonic + settings.waitTime) { [self] in giveUp(number) }
  }

  private func giveUp(_ number: Int) {
    guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
    // One is being made, which has a limit of its own; the first of all makes the tables, too.
    guard opening == 0 else { return waiting[index].timer = wait(number) }
    let next = waiting.remove(at: index)
    let words = "no connection was free within \(settings.waitTime.iso8601)"
    next.continuation.resume(returning: .failure(fault ?? .lost(words)))
  }

  private func refuseAll(_ fault: PostgresFault) {
    let refused = waiting
    waiting = []
    for next in refused {
      reactor.cancel(next.timer)
      next.continuation.resume(returning: .failure(fault))
    }
  }

  private func openMore() {
    guard !isClosed, !hasRetry, waiting.count > opening,
      idle.count + lent + opening < settings.connections
    else { return }
    open()
  }

  private func open() {
    opening += 1
    Task(executorPreference: reactor) { [self] in
      do throws(PostgresFault) {
        let connection = try await connect()
        opening -= 1
        failures = 0
        fault = nil
        if isClosed { return connection.close() }
        connection.onLoss = { [self, weak connection] in
          idle.removeAll { $0 === connection }
        }
        offer(connection)
      } catch {
        opening -= 1
        fail(error)
      }
    }
  }

  // The schema is brought to this release's state by whoever gets through first, be it long after
  // the start.
  private func connect() async throws(PostgresFault) -> PostgresConnection {
    let connection = try await settings.connect(on: reactor)
    guard !isMigrated else { return connection }
    do throws(PostgresFault) {
      let migrations = Migrations(schema: settings.schema)
      if settings.makesSchema {
        try await migrations.run(on: connection)
      } else {
        try await migrations.check(on: connection)
      }
    } catch {
      connection.close()
      throw error
    }
    isMigrated = true
    return connection
  }

  private func fail(_ failure: PostgresFault) {
    guard !isClosed else { return }
    failures += 1
    fault = failure
    if lent == 0, idle.isEmpty, opening == 0 { refuseAll(failure) }
    guard !hasRetry else { return }
    hasRetry = true
    let pause = backoff.pause(after: failures, chance: random.fraction())
    reactor.schedule(at: reactor.clock.monotonic + pause) { [self] in
      hasRetry = false
      // Also if nobody waits, so that the server's return is noticed.
      if lent == 0, idle.isEmpty, opening == 0, !isClosed { open() } else { openMore() }
    }
  }
}
