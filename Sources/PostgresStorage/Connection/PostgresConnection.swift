internal import GatewayCore
internal import Reactor

/// A connection to the server, on a reactor. Confined to its thread.
///
/// Statements are sent without waiting for the answers of those before them; the end of a *round*
/// makes the server work it off and answer. One that is refused makes the server pass over the rest
/// of its round.
@safe final class PostgresConnection: @unchecked Sendable {
  // Sendable is safe: everything is touched on the reactor's thread only, but for the settings,
  // which never change.
  private enum Expected {
    case preparation(sql: String)
    case answer(PostgresAnswer)
    case roundEnd
  }

  private let reactor: Reactor
  private let handle: LibpqHandle
  private let answerTime: Duration
  private var expected: [Expected] = []
  private var prepared: [String: String] = [:]
  private var lastName = 0
  private var unended = 0
  private var firstFault: PostgresFault?
  private var hasResult = false
  private var fault: PostgresFault?
  // libpq closes a socket by itself, and a later one may get its number.
  private var watched: (socket: Int32, readiness: Readiness)?
  private var timer: TimerToken?
  private var connecting: CheckedContinuation<PostgresFault?, Never>?

  /// Whether the server may take as long as it likes; confined.
  var isPatient = false
  /// Called with what the server tells without being asked; confined.
  var onNotification: ((String) -> Void)?
  /// Called once, when it is of no use any more; confined.
  var onLoss: (() -> Void)?

  // How many statements a connection keeps prepared. There are fewer different ones than that.
  private static let preparedLimit = 300

  private init(_ handle: LibpqHandle, on reactor: Reactor, answerTime: Duration) {
    self.handle = handle
    self.reactor = reactor
    self.answerTime = answerTime
  }

  /// Connects.
  ///
  /// - Parameters:
  ///   - connectTime: how long that may take.
  ///   - answerTime: how long a round may take once it is the server's turn; longer than the server
  ///     itself allows a statement.
  /// - Throws: ``PostgresFault``.
  static func open(
    _ target: PostgresTarget, on reactor: Reactor, connectTime: Duration, answerTime: Duration
  ) async throws(PostgresFault) -> PostgresConnection {
    let handle = try LibpqHandle(url: target.url, before: target.before, after: target.after)
    let connection = PostgresConnection(handle, on: reactor, answerTime: answerTime)
    let fault = await withCheckedContinuation { continuation in
      connection.connecting = continuation
      connection.timer = reactor.schedule(at: reactor.clock.monotonic + connectTime) {
        connection.endConnecting(.lost("no connection within \(connectTime.iso8601)"))
      }
      // The first step is always to wait until the socket can be written to.
      connection.wait(for: .writable, target)
    }
    if let fault { throw fault }
    return connection
  }

  /// Whether it can be used.
  var isGood: Bool { fault == nil && handle.isGood }

  /// Whether somebody else may send now; what was sent so far may be unanswered, and is answered
  /// first.
  var isBetweenRounds: Bool { unended == 0 }

  /// Whether it is encrypted.
  var isEncrypted: Bool { handle.isEncrypted }

  /// The server's version, such as 150004.
  var serverVersion: Int { handle.serverVersion }

  // MARK: Connecting

  private func wait(for step: LibpqHandle.Step, _ target: PostgresTarget) {
    let socket = handle.socket
    let readiness = step == .writable ? Readiness.writable : .readable
    guard socket >= 0 else { return endConnecting(.lost(target.clean(handle.words))) }
    do throws(ReactorFault) {
      watched = (socket, readiness)
      try reactor.watch(socket, for: readiness) { [self] _ in
        unwatch()
        advance(target)
      }
    } catch {
      endConnecting(.lost("\(error)"))
    }
  }

  private func unwatch() {
    if let watched { reactor.unwatch(watched.socket) }
    watched = nil
  }

  private func advance(_ target: PostgresTarget) {
    guard connecting != nil else { return }
    let step = handle.advance()
    switch step {
    case .readable, .writable: wait(for: step, target)
    case .failed: endConnecting(.lost(target.clean(handle.words)))
    case .done:
      guard handle.enterPipeline() else {
        return endConnecting(.lost(target.clean(handle.words)))
      }
      endConnecting(nil)
    }
  }

  private func endConnecting(_ failure: PostgresFault?) {
    guard let continuation = connecting else { return }
    connecting = nil
    disarm()
    unwatch()
    fault = failure
    if failure == nil { watch(.readable) }
    continuation.resume(returning: fault)
  }

  // MARK: Sending

  /// Sends a statement, with those that come after it until the round ends.
  ///
  /// - Parameters:
  ///   - isKept: whether the server keeps it prepared for the next time.
  func send(
    _ sql: String, _ values: [PostgresValue] = [], isKept: Bool = true
  ) -> PostgresAnswer {
    let answer = PostgresAnswer(self)
    if let fault {
      answer.settle(.failure(fault))
      return answer
    }
    let isSent =
      if isKept, let name = preparedName(sql, values) {
        handle.run(prepared: name, values)
      } else {
        handle.run(sql, values)
      }
    guard isSent else {
      lose(.lost("a statement could not be sent"))
      answer.settle(.failure(.lost("a statement could not be sent")))
      return answer
    }
    expected.append(.answer(answer))
    unended += 1
    return answer
  }

  private func preparedName(_ sql: String, _ values: [PostgresValue]) -> String? {
    if let name = prepared[sql] { return name }
    guard prepared.count < Self.preparedLimit else { return nil }
    let name = "s\(lastName)"
    lastName += 1
    guard handle.prepare(name, sql, values) else { return nil }
    prepared[sql] = name
    expected.append(.preparation(sql: sql))
    unended += 1
    return name
  }

  /// Ends the round: the server answers what was sent.
  func endRound() {
    guard fault == nil, unended > 0 else { return }
    guard handle.endRound() else { return lose(.lost("a round could not be ended")) }
    unended = 0
    expected.append(.roundEnd)
    if timer == nil { arm() }
    flush()
  }

  private func flush() {
    guard fault == nil else { return }
    switch handle.flush() {
    case true?: watch(.readable)
    case false?: watch([.readable, .writable])
    case nil: lose(.lost("the connection was lost"))
    }
  }

  // MARK: Receiving

  private func watch(_ readiness: Readiness) {
    let socket = handle.socket
    guard socket >= 0 else { return lose(.lost("the connection was lost")) }
    if let watched, watched == (socket, readiness) { return }
    do throws(ReactorFault) {
      watched = (socket, readiness)
      try reactor.watch(socket, for: readiness) { [weak self] in self?.serve($0) }
    } catch {
      lose(.lost("\(error)"))
    }
  }

  private func serve(_ readiness: Readiness) {
    guard fault == nil else { return }
    let isAlive = handle.receive()
    takeAnswers()
    while fault == nil, let notification = handle.nextNotification() {
      onNotification?(notification)
    }
    guard fault == nil else { return }
    guard isAlive, handle.isGood else { return lose(.lost("the connection was lost")) }
    if readiness.contains(.writable) { flush() }
  }

  private func takeAnswers() {
    // Between two statements there is nothing to be had once; twice in a row means that there is
    // nothing at all.
    var isAtEnd = false
    while let next = expected.first, !handle.isWaiting {
      switch handle.next() {
      case .end:
        if hasResult {
          expected.removeFirst()
          hasResult = false
          isAtEnd = false
        } else if isAtEnd {
          return
        } else {
          isAtEnd = true
        }
      case .rows(let rows):
        hasResult = true
        settle(next, .success(rows))
      case .refused(let failure):
        hasResult = true
        firstFault = firstFault ?? failure
        settle(next, .failure(failure))
        if failure.isOfTheConnection { return lose(failure) }
      case .skipped:
        hasResult = true
        settle(next, .failure(firstFault ?? .lost("a statement was passed over")))
      case .roundEnd:
        expected.removeFirst()
        firstFault = nil
        disarm()
        if !expected.isEmpty { arm() }
      }
    }
  }

  private func settle(_ next: Expected, _ result: Result<PostgresRows, PostgresFault>) {
    switch next {
    case .answer(let answer): answer.settle(result)
    case .preparation(let sql): if case .failure = result { prepared[sql] = nil }
    case .roundEnd: break
    }
  }

  // MARK: Ending

  private func arm() {
    if isPatient { return }
    timer = reactor.schedule(at: reactor.clock.monotonic + answerTime) { [weak self] in
      guard let self else { return }
      lose(.lost("no answer within \(answerTime.iso8601)"))
    }
  }

  private func disarm() {
    if let timer { reactor.cancel(timer) }
    timer = nil
  }

  private func lose(_ failure: PostgresFault) {
    guard fault == nil else { return }
    fault = failure
    disarm()
    unwatch()
    handle.hangUp()
    let unsettled = expected
    expected = []
    for next in unsettled { settle(next, .failure(firstFault ?? failure)) }
    onNotification = nil
    onLoss?()
    onLoss = nil
  }

  /// Ends it; what is under way fails. The socket is closed with the object's end.
  func close() {
    lose(.lost("closed"))
  }
}
