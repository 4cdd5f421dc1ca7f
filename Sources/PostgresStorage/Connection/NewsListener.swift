internal import GatewayCore
internal import Reactor
internal import Storage

/// Hears what other gateways tell, on a connection that is for nothing else. Confined to the
/// reactor.
///
/// A connection that is lost is made anew, with pauses that grow and are never the same. Whatever
/// was told meanwhile is lost, so a new connection begins with ``SharedNews/missed``.
final class NewsListener: @unchecked Sendable {
  // Sendable is safe: everything is touched on the reactor's thread only, but for what never
  // changes.
  private let settings: PostgresSettings
  private let reactor: Reactor
  private let random: any RandomSource
  private let sender: String
  private let backoff = Backoff(first: .milliseconds(200), most: .seconds(5))

  private var handler: (@Sendable (SharedNews) -> Void)?
  private var task: Task<Void, Never>?
  private var loss: Waiter<Void>?
  private var line: PostgresConnection?
  private var lines = 0
  private var questions: [String: Question] = [:]

  private struct Question {
    let count: Int
    var answers: Set<String> = []
    let waiter = Waiter<Void>()
  }

  // So often the line is tried: one that is dead and silent would be taken for a quiet one.
  private static let beat = Duration.seconds(10)

  init(
    _ settings: PostgresSettings, on reactor: Reactor, random: any RandomSource, sender: String
  ) {
    self.settings = settings
    self.reactor = reactor
    self.random = random
    self.sender = sender
  }

  /// Begins to listen, or goes on with another handler.
  func follow(_ handler: @escaping @Sendable (SharedNews) -> Void) {
    self.handler = handler
    guard task == nil else { return handler(.missed) }
    task = Task(executorPreference: reactor) { [self] in await run() }
  }

  /// Ends it.
  func close() async {
    task?.cancel()
    loss?.resume(())
    await task?.value
  }

  /// Names the present connection, which is another after each loss; `nil` if there is none.
  var present: Int? { line?.isGood == true ? lines : nil }

  /// Lends the connection, if it is still the one of that number.
  func connection(_ number: Int) -> PostgresConnection? {
    present == number ? line : nil
  }

  /// Prepares for the answers of so many others, before the question is put to them.
  ///
  /// - Returns: whether they can be heard.
  func expect(_ question: String, of count: Int) -> Bool {
    guard present != nil else { return false }
    questions[question] = Question(count: count)
    return true
  }

  /// Waits until all have answered, or for so long at most.
  ///
  /// - Returns: how many have.
  func wait(for question: String, atMost limit: Duration) async -> Int {
    defer { questions[question] = nil }
    guard let waiter = questions[question]?.waiter else { return 0 }
    try? await waiter.value(until: reactor.clock.monotonic + limit, clock: reactor.clock)
    return questions[question]?.answers.count ?? 0
  }

  /// Expects no answers any more.
  func forget(_ question: String) { questions[question] = nil }

  private func run() async {
    var failures = 0
    while !Task.isCancelled {
      do throws(PostgresFault) {
        let connection = try await settings.connect(on: reactor)
        defer { connection.close() }
        try await listen(connection)
        failures = 0
        await stay(on: connection)
      } catch {
        // Whoever writes or reads meets the same, and says so.
      }
      line = nil
      failures += 1
      let pause = backoff.pause(after: failures, chance: random.fraction())
      try? await reactor.clock.sleep(for: pause)
    }
  }

  private func listen(_ connection: PostgresConnection) async throws(PostgresFault) {
    let name = "\"" + settings.schema.replacing("\"", with: "\"\"") + "\""
    connection.onNotification = { [weak self] in self?.hear($0) }
    // An answer that is lost in a crash is missed by nobody.
    _ = connection.send("SET synchronous_commit = off", isKept: false)
    _ = try await connection.send("LISTEN \(name)", isKept: false).rows()
    lines += 1
    line = connection
    handler?(.missed)
  }

  private func stay(on connection: PostgresConnection) async {
    while connection.isGood, !Task.isCancelled {
      let waiter = Waiter<Void>()
      loss = waiter
      connection.onLoss = { waiter.resume(()) }
      try? await waiter.value(until: reactor.clock.monotonic + Self.beat, clock: reactor.clock)
      if connection.isGood { _ = try? await connection.send("SELECT 1").rows() }
    }
  }

  private func hear(_ text: String) {
    if let (sender, question) = NewsLine.answer(in: text) { return take(sender, question) }
    let line = NewsLine(text)
    guard line.sender != sender else { return }
    handler?(line.news)
    guard let question = line.question, let connection = self.line else { return }
    _ = connection.send(
      "SELECT pg_notify(current_schema(), $1)",
      [.text(NewsLine.answer(to: question, from: sender))])
    connection.endRound()
  }

  private func take(_ answerer: String, _ question: String) {
    guard answerer != sender, var present = questions[question] else { return }
    present.answers.insert(answerer)
    questions[question] = present
    if present.answers.count >= present.count { present.waiter.resume(()) }
  }
}
