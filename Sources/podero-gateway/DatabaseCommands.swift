import ArgumentParser
import Configuration
import Gateway
import GatewayCore

/// `EX_DATAERR` of sysexits.h: the database, or the audit trail in it, is not as it was written.
private let damageExit = ExitCode(65)
/// `EX_NOINPUT`: the database cannot be read.
private let inputExit = ExitCode(66)
/// `EX_CANTCREAT`: the copy cannot be written.
private let outputExit = ExitCode(73)

struct Audit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look at the audit trail, or check it. The gateway may run meanwhile.",
    subcommands: [AuditVerify.self, AuditList.self])
}

struct AuditVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract:
      "Read the whole audit trail and check its hash chain; the exit code is 65 if it broke.",
    discussion: """
      Each record has the hash of the one before it. Whoever can write the file can also compute \
      all hashes anew, or cut off the newest records: note the last hash somewhere else from time \
      to time, and give it with --known-hash.
      """)

  @OptionGroup var database: DatabaseOptions

  @Option(help: "The hash of a record, noted earlier, that has to be in the chain.")
  var knownHash: String?

  func run() async throws {
    let known = try knownHash.map { text in
      guard let bytes = Self.bytes(text) else {
        throw ValidationError("--known-hash takes 64 hexadecimal digits.")
      }
      return bytes
    }
    let inspection = try database.inspection()
    let verdict = try await exiting { () throws(DatabaseInspection.Fault) in
      try await inspection.verifyAudit(knownHash: known)
    }
    switch verdict {
    case .intact(let records, let lastHash):
      print("\(records) records, chain intact" + (lastHash.map { ", last hash \($0)" } ?? ""))
    case .broken(let records, let finding):
      print("\(records) records in order, then the chain is broken: \(finding)")
      throw damageExit
    case .forgotten(let records):
      print("\(records) records, chain intact, but none has the known hash: records are missing")
      throw damageExit
    }
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map(hexValue)
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }
}

struct AuditList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Print records of the audit trail, the newest first.")

  @OptionGroup var database: DatabaseOptions

  @Option(name: .shortAndLong, help: "How many records at most.")
  var number = 20

  @Option(help: "Only records about this heat pump: its id or, with --config, its alias.")
  var heatPump: String?

  @Option(
    help: "Only records from then on: a time such as 2026-11-24T10:00:00Z, or how long ago: P7D.")
  var since: String?

  @Flag(help: "One JSON object a line, with hashes.")
  var json = false

  func validate() throws {
    guard number > 0 else { throw ValidationError("--number takes a number above zero.") }
  }

  func run() async throws {
    let start = try since.map { text in
      guard let time = Self.time(text) else {
        throw ValidationError("--since takes a time with its zone, or a duration such as P7D.")
      }
      return time
    }
    let inspection = try database.inspection()
    let pump = try heatPump.map { text in
      guard let id = inspection.heatPump(text) else {
        throw ValidationError("--heat-pump takes an id, or an alias of the --config file.")
      }
      return id
    }
    let selection = DatabaseInspection.Selection(count: number, heatPump: pump, since: start)
    let showsJSON = json
    try await exiting { () throws(DatabaseInspection.Fault) in
      try await inspection.listAudit(selection) { print(showsJSON ? $0.json.text : $0.text) }
    }
  }

  private static func time(_ text: String) -> Timestamp? {
    if let duration = Duration(iso8601: text) { return SystemClock().wall - duration }
    return Timestamp(rfc3339: text)
  }
}

struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the database, as it is at one moment. The gateway may run meanwhile.")

  @OptionGroup var database: DatabaseOptions

  @Argument(help: "The new file; there must be none of that name.")
  var file: String

  func run() async throws {
    let inspection = try database.inspection()
    try await exiting { () throws(DatabaseInspection.Fault) in
      try await inspection.backup(to: file)
    }
    print("\(file): written")
  }
}

/// Which database: a configuration's, or just that file.
struct DatabaseOptions: ParsableArguments {
  @Option(
    help: "The configuration file that names the database. Of its secrets, a server's URL is read.")
  var config: String?

  @Option(help: "The database file, in place of a configuration.")
  var database: String?

  func validate() throws {
    guard (config == nil) != (database == nil) else {
      throw ValidationError("Give either --config or --database.")
    }
  }

  func inspection() throws -> DatabaseInspection {
    if let database { return DatabaseInspection(path: database) }
    return DatabaseInspection(try loadConfiguration(config ?? "").configuration)
  }
}

/// Runs the command's work; a fault is printed and becomes the exit code.
private func exiting<Value>(
  _ body: () async throws(DatabaseInspection.Fault) -> Value
) async throws -> Value {
  do {
    return try await body()
  } catch {
    writeToStandardError("\(error)\n")
    switch error {
    case .unreadable: throw inputExit
    case .damaged: throw damageExit
    case .unwritable: throw outputExit
    }
  }
}
