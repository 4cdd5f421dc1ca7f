internal import GatewayCore

/// Where the server is: the URL, and what is said besides.
///
/// The URL holds a password, so it goes to libpq as it is, and nothing of it is kept elsewhere but
/// what ``clean(_:)`` takes out of messages.
struct PostgresTarget: Sendable {
  /// As configured.
  let url: Secret
  /// Settings that the URL may change.
  let before: [(String, String)]
  /// Settings that it may not.
  let after: [(String, String)]
  // Names in the URL that a message may repeat.
  private let names: [Secret]

  /// - Parameters:
  ///   - hosts: the servers with their addresses, if names had to be looked up.
  ///   - names: what no message may hold.
  init(url: Secret, hosts: [Host], names: [Secret], applicationName: String) {
    self.url = url
    self.names = names
    before = [
      // Where several servers are named, the one that takes writes.
      ("target_session_attrs", "read-write"),
      // A look for tickets would wait for files and other servers.
      ("gssencmode", "disable"),
      ("fallback_application_name", applicationName),
      ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
      ("tcp_user_timeout", "30000"),
    ]
    let addresses =
      hosts.isEmpty
      ? []
      : [
        ("host", hosts.map(\.name).joined(separator: ",")),
        ("hostaddr", hosts.map(\.address).joined(separator: ",")),
        ("port", hosts.map(\.port).joined(separator: ",")),
      ]
    after = addresses + [("client_encoding", "UTF8")]
  }

  /// A server: its name, which certificates are compared with, its address, and its port.
  struct Host: Sendable, Equatable {
    var name: String
    var address: String
    var port: String
  }

  /// The library's words, in one line, without what the URL names.
  func clean(_ words: String) -> String {
    var lines = words.split(separator: "\n").map(String.init)
    for index in lines.indices {
      // "connection to server at "db" (10.1.2.3), port 5432 failed: " and the like.
      if lines[index].hasPrefix("connection to server"),
        let end = lines[index].firstRange(of: " failed: ")
      {
        lines[index] = String(lines[index][end.upperBound...])
      }
    }
    let text = lines.joined(separator: "; ")
    return names.reduce(text) { text, name in
      let name = name.withBytes { bytes in
        String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
      }
      return name.isEmpty ? text : text.replacing("\"\(name)\"", with: "\"…\"")
    }
  }
}
