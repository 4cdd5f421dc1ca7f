import ArgumentParser
import Configuration
import Gateway
import GatewayCore
import Glibc

struct Jobs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look at fleet jobs, or stop one. The gateway may run meanwhile.",
    subcommands: [
      JobsList.self, JobsShow.self, JobsWatch.self, JobsResults.self, JobsCancel.self,
    ])
}

struct JobsList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Print jobs, the newest first, as JSON, one a line.")

  @OptionGroup var options: JobOptions

  @Option(name: .shortAndLong, help: "How many at most.")
  var number = 20

  func validate() throws {
    guard number > 0 else { throw ValidationError("--number takes a number above zero.") }
  }

  func run() async throws {
    let (desk, number) = (try options.desk(), number)
    try await exiting { () throws(DeskFault) in
      try await desk.list(number) { print($0.text) }
    }
  }
}

struct JobsShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print one job.")

  @OptionGroup var options: JobOptions
  @OptionGroup var job: JobArgument

  func run() async throws {
    let (desk, id) = (try options.desk(), try job.id())
    print(
      try await exiting { () throws(DeskFault) in try await desk.show(id) }.prettyText)
  }
}

struct JobsWatch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Show a job's progress until it has ended.")

  @OptionGroup var options: JobOptions
  @OptionGroup var job: JobArgument

  func run() async throws {
    let (desk, id) = (try options.desk(), try job.id())
    let isTerminal = isatty(STDOUT_FILENO) == 1
    var last = ""
    while true {
      let progress = try await exiting { () throws(DeskFault) in try await desk.progress(id) }
      if progress.line != last {
        last = progress.line
        // On a terminal one line is written over and over.
        print(isTerminal ? "\r\u{1B}[K" + last : last, terminator: isTerminal ? "" : "\n")
        fflush(nil)
      }
      if progress.hasEnded { break }
      try await Task.sleep(for: .milliseconds(500))
    }
    if isTerminal { print() }
  }
}

struct JobsResults: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Print what has become of each heat pump, as JSON, one a line.")

  @OptionGroup var options: JobOptions
  @OptionGroup var job: JobArgument

  func run() async throws {
    let (desk, id) = (try options.desk(), try job.id())
    try await exiting { () throws(DeskFault) in
      try await desk.results(id) { print($0.text) }
    }
  }
}

struct JobsCancel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "Stop a job; the running gateway does so within seconds, or else the next one.")

  @OptionGroup var options: JobOptions
  @OptionGroup var job: JobArgument

  @Flag(help: "Put back what it has changed.")
  var revert = false

  func run() async throws {
    let (desk, id, revert) = (try options.desk(), try job.id(), revert)
    print(
      try await exiting { () throws(DeskFault) in
        try await desk.cancel(id, reverts: revert)
      }.prettyText)
  }
}

/// Whose jobs.
struct JobOptions: ParsableArguments {
  @Option(help: "The configuration file. Its secrets need not be there.")
  var config: String

  func desk() throws -> JobDesk {
    JobDesk(try loadConfiguration(config).configuration)
  }
}

/// Which job.
struct JobArgument: ParsableArguments {
  @Argument(help: "The job's id.")
  var job: String

  func id() throws -> ResourceID {
    guard let id = ResourceID(job) else { throw ValidationError("A job's id is a UUID.") }
    return id
  }
}
