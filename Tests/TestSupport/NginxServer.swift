import Glibc

/// nginx that speaks TLS, and HTTP/2 if wanted, on a free port of 127.0.0.1, with certificates made
/// on the spot.
public final class NginxServer: Sendable {
  /// What it does with requests.
  public enum Behaviour: Sendable {
    /// Hands them to the plain HTTP server at `http://HOST:PORT`.
    case proxy(String)
    /// Answers with their method, protocol and `Authorization`; below `/put` it takes large bodies
    /// and answers with their length.
    case echo
  }

  /// Whether the programs that it takes are there.
  public static let isAvailable = access(nginx, X_OK) == 0 && CertificateAuthority.isAvailable

  /// The port that it listens on.
  public let port: UInt16
  /// The certificate of the authority that signed the server's, which is for 127.0.0.1 only.
  public let caFile: String
  private let folder: TemporaryFolder
  private let authority: CertificateAuthority
  private let process: ChildProcess

  private init(
    port: UInt16, folder: TemporaryFolder, authority: CertificateAuthority, process: ChildProcess
  ) {
    self.port = port
    self.folder = folder
    self.authority = authority
    self.process = process
    caFile = authority.certificate
  }

  /// Starts one and waits until it takes connections.
  ///
  /// - Throws: ``ScriptedServerFault`` or ``NeverHappened``.
  public static func start(
    _ behaviour: Behaviour, speaksHTTP2: Bool = true
  ) async throws -> NginxServer {
    let folder = try TemporaryFolder()
    let authority = try await CertificateAuthority()
    let pair = try await authority.sign("server")
    // The port is found by binding and let go again, so in rare cases somebody else has it then.
    for _ in 0..<5 {
      let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      let port = try listen(on: probe, backlog: 1)
      close(probe)
      let file = try folder.write(
        configuration(folder.path, pair, port, behaviour, speaksHTTP2), to: "nginx.conf")
      let process = try ChildProcess([nginx, "-p", folder.path, "-e", "stderr", "-c", file])
      let isUp = try await eventualValue("nginx") {
        if process.ending != nil { return false as Bool? }
        return connects(to: port) ? true : nil
      }
      if isUp {
        return NginxServer(port: port, folder: folder, authority: authority, process: process)
      }
    }
    throw ScriptedServerFault(call: "nginx", code: EADDRINUSE)
  }

  /// Ends it. Not left to the object's end alone, which may come after this process has begun to
  /// end.
  public func stop() async throws {
    process.signal(SIGKILL)
    _ = try await process.wait()
  }

  /// `https://127.0.0.1:PORT`
  public var origin: String { "https://127.0.0.1:\(port)" }

  /// A URL of it, also under a name that its certificate is not for.
  public func url(host: String = "127.0.0.1", _ path: String = "/") -> String {
    "https://\(host):\(port)\(path)"
  }
}

private let nginx = "/usr/sbin/nginx"

private func configuration(
  _ folder: String, _ pair: CertificateAuthority.Pair, _ port: UInt16,
  _ behaviour: NginxServer.Behaviour, _ speaksHTTP2: Bool
) -> String {
  let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " ")
  return """
    daemon off; master_process off; pid \(folder)/pid; error_log stderr crit;
    events {}
    http {
      access_log off; \(paths)
      server {
        listen 127.0.0.1:\(port) ssl \(speaksHTTP2 ? "http2" : "");
        ssl_certificate \(pair.certificate); ssl_certificate_key \(pair.key);
        \(locations(behaviour))
      }
    }
    """
}

private func locations(_ behaviour: NginxServer.Behaviour) -> String {
  switch behaviour {
  case .proxy(let origin): "location / { proxy_pass \(origin); }"
  case .echo:
    """
    location / { return 200 "$request_method $server_protocol $http_authorization"; }
    location /put { client_max_body_size 1m; return 200 "$content_length"; }
    """
  }
}

private func connects(to port: UInt16) -> Bool {
  (try? RawHTTPClient(port: port)) != nil
}
