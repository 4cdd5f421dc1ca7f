import GatewayCore
import Storage

/// A transaction under way, and the statements of this storage.
///
/// Statements that ask and those that lock come first and decide; those that change come last, and
/// are sent together with the commit: so a change waits for the server twice or three times.
struct Session: Sendable {
  /// Where it runs.
  let connection: PostgresConnection
  /// Who tells news in it.
  let sender: String
  /// Names the transaction, once anything of it was answered.
  let number: PostgresAnswer?
  private let ending = Ending()

  /// A commit that was sent with the last statements.
  final class Ending: @unchecked Sendable {
    // Sendable is safe: it is touched on the connection's reactor only.
    fileprivate(set) var commit: PostgresAnswer?
    fileprivate var news: [NewsLine] = []
  }

  /// What kind of transaction.
  enum Kind: String {
    /// It sees what others have committed before each of its statements.
    case change = "BEGIN"
    /// It sees one state, and changes nothing.
    case look = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
  }

  /// Begins one, with the first statement.
  init(_ kind: Kind, on connection: PostgresConnection, sender: String) {
    self.connection = connection
    self.sender = sender
    _ = connection.send(kind.rawValue)
    number =
      kind == .change ? connection.send("SELECT pg_current_xact_id()::text::bigint") : nil
  }

  /// Tells other gateways something, if and when this is committed. The server lets one such
  /// commit through at a time, so it is for those that take turns anyway, and for rare ones.
  ///
  /// - Parameter question: the word under which others say that they have heard it.
  func tell(_ news: SharedNews, asking question: String? = nil) {
    ending.news.append(NewsLine(news, from: sender, asking: question))
  }

  /// The commit, if it was sent.
  var commit: PostgresAnswer? { ending.commit }

  /// Sends a statement; its answer need not be waited for, since the commit fails if it fails.
  @discardableResult
  func send(_ sql: String, _ values: [PostgresValue] = []) -> PostgresAnswer {
    connection.send(sql, values)
  }

  /// Sends the commit: nothing comes after it. Whoever waits for a statement's answer waits for
  /// the commit, too.
  func sendCommit() {
    guard ending.commit == nil else { return }
    if !ending.news.isEmpty {
      send(
        "SELECT pg_notify(current_schema(), line) FROM unnest($1::text[]) AS lines (line)",
        [.texts(ending.news.map(\.text))])
    }
    ending.commit = connection.send("COMMIT")
  }

  /// Carries out a statement.
  ///
  /// - Returns: how many rows it has changed.
  @discardableResult
  func run(_ sql: String, _ values: [PostgresValue] = []) async throws -> Int {
    try await send(sql, values).rows().affected
  }

  /// The first row of a statement.
  func first<Value>(
    _ sql: String, _ values: [PostgresValue] = [],
    _ decode: (inout PostgresColumns) throws -> Value
  ) async throws -> Value? {
    try await send(sql, values).rows().first(decode)
  }

  /// All rows of a statement.
  func all<Value>(
    _ sql: String, _ values: [PostgresValue] = [],
    _ decode: (inout PostgresColumns) throws -> Value
  ) async throws -> [Value] {
    try await send(sql, values).rows().all(decode)
  }
}

/// Another transaction has come between; the same again will do.
struct LostRace: Error {}
