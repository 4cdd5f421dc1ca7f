import ArgumentParser
import Gateway
import Reactor

@main
enum Entry {
  static func main() async {
    // Only the server waits for signals; the other commands end by them as usual.
    if CommandLine.arguments.dropFirst().first == "serve" { Signals.prepare() }
    await PoderoGateway.main()
  }
}

/// The command line: arguments and exit codes, nothing else.
struct PoderoGateway: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "podero-gateway",
    abstract: "A gateway between internal apps and the Podero partner API.",
    version: "podero-gateway \(gatewayVersion)",
    subcommands: [
      Serve.self, CheckConfig.self, NewKey.self, HookEvents.self, Jobs.self, Audit.self,
      Backup.self, Version.self,
    ])
}

struct Version: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print the version.")

  func run() {
    print("podero-gateway \(gatewayVersion)")
  }
}

struct NewKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-key",
    abstract: "Make a key for an app or an operator, and the hash for the configuration.")

  func run() {
    let key = KeyMaker.make()
    print("key:    \(key.key)")
    print("sha256: \(key.sha256)")
    print("Give the key to its holder; only the hash goes into the configuration.")
  }
}
