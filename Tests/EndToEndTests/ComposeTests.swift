import Foundation
import GatewayCore
import TestSupport
import Testing

/// Goal: `config/compose.yaml` fits the image, the example configuration and the load balancer that
/// it names; no container engine is needed to find out.
/// Method: the pieces are taken from the files; gateway and HAProxy check what is theirs.
@Suite struct ComposeTests {
  private let compose = text("config/compose.yaml")
  private let dockerfile = text("Dockerfile")
  private let example = text("config/gateway.example.yaml")

  @Test func `the example with the lines that the file names is a configuration`() async throws {
    let folder = try TemporaryFolder()
    let lines = compose.matches(of: /(?m)^# {3}([a-z_ ]+: ?.*)$/).map { String($0.1) }
    #expect(lines.count == 4)
    let key = Base64.text(Array(repeating: 7, count: 32))
    try folder.write(key + "\n", to: "encryption_key")
    try folder.write("postgresql://gateway:secret@database/gateway", to: "database_url")
    for name in ["encryption_key", "database_url"] { chmod("\(folder.path)/\(name)", 0o600) }
    let section = lines.joined(separator: "\n").replacing("/run/secrets", with: folder.path)
    let file = try folder.write(example + section + "\n", to: "gateway.yaml")
    let process = try ChildProcess(
      [try BuiltProduct.path("podero-gateway"), "check-config", file],
      environment: ["PODERO_CLIENT_ID": "a", "PODERO_CLIENT_SECRET": "b"])
    #expect(try await process.wait() == .exited(0))
    #expect(process.errors == [])
  }

  @Test func `image, files, user, ports and times are those of the others`() throws {
    let stages = dockerfile.matches(of: /(?m)^FROM \S+ AS (\S+)$/).map { String($0.1) }
    #expect(stages.contains(String(try match(/target: (\S+)\}/, compose))))
    // What is mounted is where the image and the configuration look for it.
    let mounts = compose.matches(of: /(?m)^ +- \.\/(\S+?):(\S+?)(:ro)?$/)
      .map { (String($0.1), String($0.2)) }
    let inside = Set(mounts.map(\.1))
    #expect(inside.contains(String(try match(/"--config", "([^"]+)"/, dockerfile))))
    for path in compose.matches(of: /\{file: (\S+?)\}/) { #expect(inside.contains(String(path.1))) }
    // And it is there: made by the commands at its head, or the configuration.
    let commands = try #require(compose.split(separator: "\nname:").first)
    for (file, _) in mounts {
      #expect(file == "gateway.yaml" || commands.contains(" \(file)"), "\(file)")
    }
    let user = try match(/(?m)^USER (\d+)/, dockerfile)
    #expect(commands.contains("chown \(user) "))
    for name in example.matches(of: /\{env: (\w+)\}/) { #expect(compose.contains(name.1)) }
    // The balancer's servers are the services, at the port of the example.
    let port = try match(/(?m)^listen: \{.*port: (\d+)/, example)
    let servers = compose.matches(of: /(?m)^ +server (\S+) (\S+):(\d+)$/)
    #expect(servers.count == 2)
    for server in servers {
      #expect(compose.contains("\n  \(server.2): *gateway\n") && server.3 == port)
    }
    // Some ten seconds more than the draining takes, as the guide for operators says.
    let drain = try #require(Int(try match(/drain: PT(\d+)S/, example)))
    let grace = try #require(Int(try match(/stop_grace_period: (\d+)s/, compose)))
    #expect(grace >= drain + 10)
  }

  @Test(.enabled(if: haproxy != nil, "HAProxy is not installed"))
  func `HAProxy accepts its part`() async throws {
    let folder = try TemporaryFolder()
    let part = try #require(compose.split(separator: "content: |\n").last)
    let lines = part.split(separator: "\n").map { $0.dropFirst(6) }
    let file = try folder.write(lines.joined(separator: "\n") + "\n", to: "haproxy.cfg")
    let process = try ChildProcess([try #require(haproxy), "-c", "-f", file])
    #expect(try await process.wait() == .exited(0), "\(process.errors)")
  }

  private func match(
    _ pattern: Regex<(Substring, Substring)>, _ text: String
  ) throws -> Substring {
    try #require(text.firstMatch(of: pattern)).1
  }
}

private let haproxy = ["/usr/sbin/haproxy", "/usr/bin/haproxy", "/usr/local/sbin/haproxy"]
  .first { FileManager.default.isExecutableFile(atPath: $0) }

private func text(_ path: String) -> String {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
}
