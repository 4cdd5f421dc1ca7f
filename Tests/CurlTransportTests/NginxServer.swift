import Glibc
import TestSupport

/// nginx with TLS, and HTTP/2 if wanted, on a free port of 127.0.0.1, with certificates made on the
/// spot.
final class NginxServer: Sendable {
  /// Whether the programs that it takes are there.
  static let isAvailable = access(nginx, X_OK) == 0 && access(openssl, X_OK) == 0

  let port: UInt16
  /// The certificate of the authority that signed the server's, which is for 127.0.0.1 only.
  let caFile: String
  private let folder: String
  private let process: pid_t

  init(speaksHTTP2: Bool = true) throws {
    var template = Array("/tmp/gateway-nginx-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ScriptedServerFault(call: "mkdtemp", code: errno) }
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.folder = folder
    caFile = folder + "/ca.pem"
    try makeCertificates(in: folder)
    // Found by binding and let go again: nobody else on a test machine is likely to take it
    // meanwhile.
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    port = try listen(on: probe, backlog: 1)
    close(probe)
    try write(configuration(folder, port, speaksHTTP2 ? "http2" : ""), to: folder + "/nginx.conf")
    process = try spawn([nginx, "-p", folder, "-e", "stderr", "-c", folder + "/nginx.conf"])
    try waitUntilReady()
  }

  deinit {
    // Anything gentler may be blocked: the child has its signal mask from whichever thread made it.
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    _ = try? run(["/bin/rm", "-rf", folder])
  }

  func url(host: String = "127.0.0.1", _ path: String = "/") -> String {
    "https://\(host):\(port)\(path)"
  }

  private func waitUntilReady() throws {
    for _ in 0..<500 {
      if connects(to: port) { return }
      // A pause on purpose: another process tells nobody when it listens.
      usleep(10_000)
    }
    throw ScriptedServerFault(call: "nginx", code: ETIMEDOUT)
  }
}

private let nginx = "/usr/sbin/nginx"
private let openssl = "/usr/bin/openssl"

private func configuration(_ folder: String, _ port: UInt16, _ version: String) -> String {
  let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " ")
  return """
    daemon off; master_process off; pid \(folder)/pid; error_log stderr crit;
    events {}
    http {
      access_log off; \(paths)
      server {
        listen 127.0.0.1:\(port) ssl \(version);
        ssl_certificate \(folder)/server.pem; ssl_certificate_key \(folder)/server.key;
        location / { return 200 "$request_method $server_protocol $http_authorization"; }
        location /put { client_max_body_size 1m; return 200 "$content_length"; }
      }
    }
    """
}

private func makeCertificates(in folder: String) throws {
  func path(_ name: String) -> String { folder + "/" + name }
  let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  try run(
    [openssl, "req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", path("ca.key")]
      + ["-out", path("ca.pem")] + key)
  try run(
    [openssl, "req", "-subj", "/CN=Test server", "-keyout", path("server.key")]
      + ["-out", path("server.csr")] + key)
  try write("subjectAltName=IP:127.0.0.1\n", to: path("extensions"))
  try run(
    [openssl, "x509", "-req", "-days", "2", "-in", path("server.csr"), "-CA", path("ca.pem")]
      + ["-CAkey", path("ca.key"), "-CAcreateserial", "-extfile", path("extensions")]
      + ["-out", path("server.pem")])
}

private func write(_ text: String, to path: String) throws {
  guard let file = fopen(path, "w") else { throw ScriptedServerFault(call: "fopen", code: errno) }
  defer { fclose(file) }
  guard fputs(text, file) >= 0 else { throw ScriptedServerFault(call: "fputs", code: errno) }
}

private func run(_ words: [String]) throws {
  var status: Int32 = 0
  let process = try spawn(words)
  guard waitpid(process, &status, 0) == process, status == 0 else {
    throw ScriptedServerFault(call: words.prefix(2).joined(separator: " "), code: status)
  }
}

private func spawn(_ words: [String]) throws -> pid_t {
  var arguments = words.map { strdup($0) } + [nil]
  defer { for argument in arguments { free(argument) } }
  var files = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&files)
  defer { posix_spawn_file_actions_destroy(&files) }
  for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
    posix_spawn_file_actions_addopen(&files, descriptor, "/dev/null", O_WRONLY, 0)
  }
  var process = pid_t()
  let code = posix_spawn(&process, words[0], &files, nil, &arguments, environ)
  guard code == 0 else { throw ScriptedServerFault(call: "posix_spawn", code: code) }
  return process
}

private func connects(to port: UInt16) -> Bool {
  let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(client) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  address.sin_port = port.bigEndian
  return withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
}
