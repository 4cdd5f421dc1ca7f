internal import GatewayCore
import Glibc

/// A PostgreSQL server of the tests' own: its files in a temporary folder, reached through a socket
/// there, or a port of 127.0.0.1, and gone with this process, however that ends.
///
/// It does not wait for the disk, so a power cut would damage it. PostgreSQL runs as no root; where
/// the tests do, it runs as the user of Debian's package.
public final class PostgresServer: Sendable {
  /// The folder of its socket, which takes any number as port.
  public let folder: String
  /// The port of 127.0.0.1 on which it speaks TLS; `nil` if it does not.
  public let port: Int?
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
  /// - Parameters:
  ///   - options: further settings, such as `ssl=on`.
  ///   - tls: a certificate to show on a free port of 127.0.0.1, as ``port``.
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public init(
    options: [String] = [], tls: CertificateAuthority.Pair? = nil
  ) async throws {
    temporary = try Self.ownFolder()
    folder = temporary.path
    var options = options
    port = tls == nil ? nil : try freePort()
    if let tls, let port {
      // The server wants a key that is its own and nobody else's.
      let key = folder + "/server.key"
      let copy = try await ChildProcess(
        ["/usr/bin/install", "-m", "0600"]
          + (getuid() == 0 ? ["-o", "postgres", "-g", "postgres"] : []) + [tls.key, key]
      ).wait()
      guard copy == .exited(0) else { throw ScriptedServerFault(call: "install", code: EINVAL) }
      chmod(tls.certificate, 0o644)
      let certificate = try temporary.write(
        String(decoding: readFile(tls.certificate) ?? [], as: UTF8.self), to: "server.pem")
      chmod(certificate, 0o644)
      options += [
        "ssl=on", "ssl_cert_file=\(certificate)", "ssl_key_file=\(key)",
        "listen_addresses=127.0.0.1", "port=\(port)",
      ]
    }
    self.options = options
    try await Self.run(
      "initdb",
      [
        "--pgdata", folder + "/data", "--username", "gateway", "--auth", "trust",
        "--encoding", "UTF8", "--locale", "C", "--no-sync",
      ])
    try await start()
  }

  /// Makes a streaming replica of a server, and starts it. From then on each commit of that server
  /// waits until the replica has it.
  ///
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public init(replicaOf primary: PostgresServer) async throws {
    temporary = try Self.ownFolder()
    folder = temporary.path
    port = nil
    options = []
    try await Self.run(
      "pg_basebackup",
      [
        "--pgdata", folder + "/data", "--host", primary.folder, "--username", "gateway",
        "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
      ])
    try await start()
    try await primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'")
    try await primary.run("SELECT pg_reload_conf()")
    try await eventually("a synchronous replica") {
      try await primary.run(
        "SELECT 'is ' || sync_state FROM pg_stat_replication"
      ).contains("is sync")
    }
  }

  // PostgreSQL runs as no root, and others must come to its socket.
  private static func ownFolder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    if getuid() == 0, let user = getpwnam("postgres") {
      guard chown(folder.path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
        throw ScriptedServerFault(call: "chown", code: errno)
      }
      chmod(folder.path, 0o711)
    }
    return folder
  }

  private static func run(_ name: String, _ arguments: [String]) async throws {
    let ending = try await ChildProcess(
      try command(name) + arguments, environment: ["PATH": "/usr/bin:/bin"]
    ).wait()
    guard ending == .exited(0) else { throw ScriptedServerFault(call: name, code: EINVAL) }
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
    let words =
      try Self.command("postgres") + ["-D", folder + "/data"]
      + (settings + options).flatMap { ["-c", $0] }
    let ready = try Self.program("pg_isready")
    let place = ["--host", folder] + (port.map { ["--port", "\($0)"] } ?? [])
    process.withLock { $0 = nil }
    try await eventually("PostgreSQL", within: .seconds(60)) {
      // After a kill the last of its processes may still be there, and it does not start.
      if self.process.withLock({ $0 })?.ending != nil { self.process.withLock { $0 = nil } }
      if self.process.withLock({ $0 }) == nil {
        let started = try ChildProcess(words, environment: ["PATH": "/usr/bin:/bin"])
        self.process.withLock { $0 = started }
      }
      return try await ChildProcess([ready, "--quiet"] + place).wait() == .exited(0)
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

  /// Kills it.
  ///
  /// - Throws: ``NeverHappened`` if it does not end.
  public func kill() async throws {
    guard let running = process.withLock({ $0 }) else { return }
    running.signal(SIGKILL)
    _ = try await running.wait()
  }

  /// Makes a replica a server of its own, which takes writes.
  ///
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public func promote() async throws {
    // Whatever it had to wait for is gone.
    try await Self.run("pg_ctl", ["promote", "--pgdata", folder + "/data"])
    try await run("ALTER SYSTEM SET synchronous_standby_names = ''")
    try await run("SELECT pg_reload_conf()")
  }

  /// Carries out a statement.
  ///
  /// - Returns: the lines that it gives, without decoration.
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  @discardableResult
  public func run(_ sql: String) async throws -> [String] {
    let process = try ChildProcess([
      try Self.program("psql"), "--no-psqlrc", "--tuples-only", "--no-align", "--quiet",
      "--command", sql, address,
    ])
    guard try await process.wait() == .exited(0) else {
      throw ScriptedServerFault(call: "psql", code: EINVAL)
    }
    return process.output
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

// Found by binding and let go again, so in rare cases somebody else has it then.
private func freePort() throws -> Int {
  let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(probe) }
  return Int(try listen(on: probe, backlog: 1))
}
