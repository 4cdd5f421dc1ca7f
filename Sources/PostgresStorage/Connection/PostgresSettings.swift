internal import Dispatch
public import GatewayCore
internal import Reactor

/// How the gateway uses a PostgreSQL server.
public struct PostgresSettings: Sendable {
  /// The server in libpq's form (PostgreSQL, chapter 34.1.1, "Connection Strings"): a URL such as
  /// `postgresql://gateway@db.example/gateway?sslmode=verify-full`, or `keyword=value` pairs.
  public var url: Secret
  /// The schema that holds all tables. It is made if it is not there.
  public var schema = "podero_gateway"
  /// Whether the schema is brought to this release's state, or made. If not, it has to be there.
  public var makesSchema = true
  /// How many connections there may be, above zero.
  public var connections = 10
  /// How long it may take to make a connection.
  public var connectTime = Duration.seconds(5)
  /// How long a statement may take; the server ends it then.
  public var statementTime = Duration.seconds(10)
  /// How long a call may wait for a connection to become free.
  public var waitTime = Duration.seconds(5)

  /// Settings for a server, the others as documented in the configuration reference.
  public init(url: Secret) {
    self.url = url
  }
}

extension PostgresSettings {
  // What libpq and we may take longer than the server.
  private static let grace = Duration.seconds(5)

  /// Makes a connection that is ready for statements.
  ///
  /// - Throws: ``PostgresFault``.
  func connect(on reactor: Reactor) async throws(PostgresFault) -> PostgresConnection {
    let target = try await lookUp()
    let connection = try await PostgresConnection.open(
      target, on: reactor, connectTime: connectTime, answerTime: statementTime + Self.grace)
    do throws(PostgresFault) {
      try await prepare(connection)
    } catch {
      connection.close()
      throw error
    }
    return connection
  }

  private func lookUp() async throws(PostgresFault) -> PostgresTarget {
    let url = url
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<PostgresTarget, PostgresFault>, Never>) in
      DispatchQueue(label: "postgres.lookup").async {
        do throws(PostgresFault) {
          continuation.resume(
            returning: .success(
              try TargetLookup.target(of: url, applicationName: "podero-gateway")))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  private func prepare(_ connection: PostgresConnection) async throws(PostgresFault) {
    guard connection.serverVersion >= 130_000 else {
      throw .unusable("the server is older than PostgreSQL 13")
    }
    let milliseconds = String(statementTime.wholeNanoseconds / 1_000_000)
    _ = try await connection.send(
      Self.sessionSettings, [.text(schema), .text(milliseconds)], isKept: false
    ).rows()
  }

  // What a server's administrator has turned off for others, durability, is on here all the same;
  // compiling plans would take longer than these do.
  private static let sessionSettings = """
    SELECT set_config('search_path', quote_ident($1), false),
      set_config('statement_timeout', $2, false),
      set_config('lock_timeout', $2, false),
      set_config('idle_in_transaction_session_timeout', $2, false),
      set_config('default_transaction_isolation', 'read committed', false),
      set_config('synchronous_commit',
        CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
        ELSE current_setting('synchronous_commit') END, false),
      set_config('jit', 'off', false)
    """
}
