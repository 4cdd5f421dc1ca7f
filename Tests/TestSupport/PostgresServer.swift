internal import GatewayCore
import Glibc

/// A PostgreSQL server of the tests' own: its files in a temporary folder, reached through a socket
/// there, and gone with this process, however that ends.
///
/// It does not wait for the disk, so a power cut would damage it. PostgreSQL runs as no root; where
/// the tests do, it runs as the user of Debian's package.
public final class PostgresServer: Sendable {
  /// The folder of its socket, which takes any number as port.
  public let folder: String
  private let temporary: TemporaryFolder
  private let process = Locked<ChildProcess?>(nil)
  private let options: [String]

  /// The server of the whole run, started when it is first asked for.
  public static var shared: PostgresServer {
    get async throws { try await sharedStart.value }
  }

  // Nobody ends what is shared, and its files would stay.
  private static let sharedStart = Task {
    let server = try await PostgresServer()
    atexit { removeShared() }
    sharedServer.withLock { $0 = server }
    return server
  }

  fileprivate func remove() {
    process.withLock { $0?.signal(SIGKILL) }
    temporary.remove()
  }

  /// Makes a server's files and starts it.
  ///
  /// - Parameter options: further settings, such as `ssl=on`.
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public init(options: [String] = []) async throws {
    temporary = try TemporaryFolder()
    folder = temporary.path
    self.options = options
    let data = folder + "/data"
    if getuid() == 0, let user = getpwnam("postgres") {
      guard chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
        throw ScriptedServerFault(call: "chown", code: errno)
      }
      chmod(folder, 0o711)
    }
    let ending = try await ChildProcess(
      try Self.command("initdb") + [
        "--pgdata", data, "--username", "gateway", "--auth", "trust", "--encoding", "UTF8",
        "--locale", "C", "--no-sync",
      ], environment: ["PATH": "/usr/bin:/bin"]
    ).wait()
    guard ending == .exited(0) else { throw ScriptedServerFault(call: "initdb", code: EINVAL) }
    try await start()
  }

  /// Starts it again.
  ///
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public func start() async throws {
    let settings = [
      "listen_addresses=", "unix_socket_directories=\(folder)", "fsync=off",
      "full_page_writes=off", "max_connections=300", "shared_buffers=32MB",
      "autovacuum_naptime=5s", "log_min_messages=fatal",
    ]
    let started = try ChildProcess(
      try Self.command("postgres") + ["-D", folder + "/data"]
        + (settings + options).flatMap { ["-c", $0] }, environment: ["PATH": "/usr/bin:/bin"])
    process.withLock { $0 = started }
    let ready = try Self.program("pg_isready")
    try await eventually("PostgreSQL") {
      if started.ending != nil { throw ScriptedServerFault(call: "postgres", code: EINVAL) }
      let asked = try ChildProcess([ready, "--quiet", "--host", self.folder])
      return try await asked.wait() == .exited(0)
    }
  }

  /// Ends it as an administrator would, without waiting for its clients.
  ///
  /// - Throws: ``NeverHappened`` if it does not end.
  public func stop() async throws {
    guard let running = process.withLock({ $0 }) else { return }
    running.signal(SIGINT)
    _ = try await running.wait()
  }

  /// A URL for it.
  public var address: String { "postgresql:///postgres?host=\(folder)&user=gateway" }

  /// The words that run one of Debian's programs, as somebody who is not root.
  private static func command(_ name: String) throws -> [String] {
    let path = try program(name)
    guard getuid() == 0 else { return [path] }
    return ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", path]
  }

  /// The newest of the installed versions.
  private static func program(_ name: String) throws -> String {
    for version in stride(from: 30, to: 12, by: -1) {
      let path = "/usr/lib/postgresql/\(version)/bin/\(name)"
      if access(path, X_OK) == 0 { return path }
    }
    throw ScriptedServerFault(call: name, code: ENOENT)
  }
}

private let sharedServer = Locked<PostgresServer?>(nil)

private func removeShared() {
  sharedServer.withLock { $0 }?.remove()
}
