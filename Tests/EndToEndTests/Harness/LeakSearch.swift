import GatewayCore
import PoderoSimulator
import TestSupport

/// Looks for secrets in all that a gateway said and kept, when it has ended.
///
/// Every gateway of these tests is searched, most of them at the log level `trace`, so that each
/// path that a test takes is also a path on which nothing leaks.
struct LeakSearch: Sendable {
  /// What must not be found, by its name.
  private let secrets: [(name: String, value: String)]

  /// For a gateway with this configuration and its callers.
  init(_ setup: GatewaySetup) {
    var secrets: [(String, String)] = TestKey.all.map {
      ("a key with the hash \($0.sha256.prefix(8))", $0.key)
    }
    secrets.append(("the path of a hook", TestHook.fleet.secret))
    for (name, value) in setup.environment where !Self.isPublic(name) {
      secrets.append(("the variable \(name)", value))
    }
    for (member, file) in setup.organisationFiles where member.hasSuffix("secret") {
      if let text = setup.files[file] {
        secrets.append(("the file \(file)", text.filter { $0 != "\n" }))
      }
    }
    let client = setup.environment["CLIENT_ID"] ?? ""
    for (name, value) in secrets where name.hasSuffix("SECRET") {
      secrets.append(
        ("\(name), as it goes upstream", Base64.text(Array("\(client):\(value)".utf8))))
    }
    secrets.append(("an access token of the upstream", PoderoSimulator.tokenPrefix))
    self.secrets = secrets
  }

  // Names of things and places, and what a test tells the gateway to do.
  private static func isPublic(_ name: String) -> Bool {
    ["CLIENT_ID", "NOTIFY_SOCKET", "PODERO_GATEWAY_CRASH_POINT", "PATH", "ORIGIN"].contains(name)
  }

  /// The names of the secrets that are where they should not be, and where; never the secrets.
  ///
  /// - Parameters:
  ///   - kept: files of what the gateway wrote down.
  ///   - told: a file of what it answered; a subscription's secret is in one answer, rightly.
  /// - Throws: ``ScriptedServerFault`` if the search cannot be run.
  func leaks(inKept kept: [String], told: String) async throws -> [String] {
    let folder = try TemporaryFolder()
    let all = try folder.write(secrets.map { $0.value + "\n" }.joined(), to: "all")
    let ours = try folder.write("whsec_\n", to: "ours")
    var leaks = try await matches(ours, kept).map { "a subscription's secret in \($0)" }
    guard try await !matches(all, kept + [told]).isEmpty else { return leaks }
    for (name, value) in secrets {
      let one = try folder.write(value + "\n", to: "one")
      leaks += try await matches(one, kept + [told]).map { "\(name) in \($0)" }
    }
    return leaks
  }

  // `grep` is told the words by a file: its arguments could be seen by others.
  private func matches(_ words: String, _ files: [String]) async throws -> [String] {
    let process = try ChildProcess(["/bin/grep", "-alsF", "-f", words, "--"] + files)
    _ = try await process.wait(within: .seconds(60))
    return process.output
  }
}
