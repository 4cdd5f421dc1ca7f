public import ArgumentParser
import GatewayCore
import Glibc
public import PoderoSimulator

extension PutMode: ExpressibleByArgument {}
extension DecimalStyle: ExpressibleByArgument {}
extension TokenBodyStyle: ExpressibleByArgument {}

/// The command line's options.
struct Options: ParsableArguments {
  @Option(help: "The address to listen on.") var host = "127.0.0.1"
  @Option(help: "The port to listen on; 0 lets the system choose.") var port = 8090
  @Option(help: "How many users there are.") var users = 3
  @Option(help: "How many heat pumps each of them has.") var heatPumpsPerUser = 2
  @Option(help: "The organisation's id.") var organisation: String?
  @Option(help: "The client id.") var clientID = "demo-client"
  @Option(
    help:
      "A file that holds the client secret; else PODERO_SIMULATOR_CLIENT_SECRET, else demo-secret.")
  var clientSecretFile: String?
  @Option(help: "What updates do with absent fields.") var putMode = PutMode.sparse
  @Option(help: "How answers show decimals.") var decimals = DecimalStyle.numbers
  @Option(help: "Which bodies the token endpoint takes.") var tokenBody = TokenBodyStyle.both
  @Option(help: "Seconds that a token lives.") var tokenLifetime = 36000
  @Flag(help: "Leave expires_in out of token answers.") var omitExpiresIn = false
  @Option(help: "Simulated seconds per real second.") var timeFactor = 1.0
  @Option(help: "Simulated seconds between two refreshes of a device.") var refreshSeconds = 300
  @Option(help: "The first simulated time, RFC 3339; now unless given.") var start: String?
  @Option(help: "Where the differences between heat pumps come from.") var seed: UInt64 = 1

  func settings() throws -> SimulatorSettings {
    var settings = SimulatorSettings()
    settings.host = host
    settings.port = port
    settings.users = users
    settings.heatPumpsPerUser = heatPumpsPerUser
    settings.clientID = clientID
    settings.putMode = putMode
    settings.decimals = decimals
    settings.tokenBody = tokenBody
    settings.tokenLifetime = .seconds(tokenLifetime)
    settings.omitsExpiresIn = omitExpiresIn
    settings.timeFactor = timeFactor
    settings.refreshInterval = .seconds(refreshSeconds)
    settings.seed = seed
    if let organisation {
      guard let id = ResourceID(organisation) else {
        throw ValidationError("--organisation is a UUID")
      }
      settings.organisationID = id
    }
    if let start {
      guard let time = Timestamp(rfc3339: start) else {
        throw ValidationError("--start is an RFC 3339 time")
      }
      settings.simulatedStart = time
    }
    if let secret = try clientSecret() { settings.clientSecrets = [secret] }
    return settings
  }

  private func clientSecret() throws -> Secret? {
    if let clientSecretFile {
      guard let secret = SecretFile.read(clientSecretFile) else {
        throw ValidationError("--client-secret-file cannot be read, or is empty")
      }
      return secret
    }
    guard let value = getenv("PODERO_SIMULATOR_CLIENT_SECRET") else { return nil }
    return Secret(String(cString: value))
  }
}

/// A secret in a file, its last line break left out.
enum SecretFile {
  static func read(_ path: String) -> Secret? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
    return bytes.isEmpty ? nil : Secret(bytes)
  }
}
