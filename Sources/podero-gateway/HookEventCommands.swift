import ArgumentParser
import Configuration
import Gateway
import GatewayCore
import Glibc

struct HookEvents: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hook-events",
    abstract: "Look at events of home automation, or try rules. The gateway may run meanwhile.",
    subcommands: [
      HookEventsList.self, HookEventsShow.self, HookEventsReplay.self, HookEventsTest.self,
    ])
}

struct HookEventsList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Print events, the newest first, as JSON, one a line.")

  @OptionGroup var options: EventOptions

  @Option(name: .shortAndLong, help: "How many at most.")
  var number = 20

  @Option(help: "Only events of this hook.")
  var hook: String?

  @Option(help: "Only events in this state: dead, say.")
  var state: String?

  func validate() throws {
    guard number > 0 else { throw ValidationError("--number takes a number above zero.") }
  }

  func run() async throws {
    var selection = EventDesk.Selection()
    (selection.count, selection.hook, selection.state) = (number, hook, state)
    let (desk, chosen) = (try options.desk(), selection)
    try await exiting { () throws(DeskFault) in
      try await desk.list(chosen) { print($0.text) }
    }
  }
}

struct HookEventsShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print one event with its body.")

  @OptionGroup var options: EventOptions

  @Argument(help: "The event's id.")
  var id: String

  func run() async throws {
    let (desk, id) = (try options.desk(), try eventID(id))
    print(
      try await exiting { () throws(DeskFault) in try await desk.show(id) }.prettyText)
  }
}

struct HookEventsReplay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Judge an event again, by today's rules, as if it had just come in.",
    discussion: "The running gateway takes it up within seconds, otherwise the next one does.")

  @OptionGroup var options: EventOptions

  @Argument(help: "The event's id.")
  var id: String

  func run() async throws {
    let (desk, id) = (try options.desk(), try eventID(id))
    print(try await exiting { () throws(DeskFault) in try await desk.replay(id) }.text)
  }
}

struct HookEventsTest: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Show what a sample event would do, sending nothing.")

  @OptionGroup var options: EventOptions

  @Argument(help: "The hook's name.")
  var hook: String

  @Argument(help: "A file with the event's body.")
  var file: String

  @Flag(help: "The body is a form and not JSON.")
  var form = false

  func run() async throws {
    let desk = try options.desk()
    let body = try bytes(of: file)
    let type = form ? "application/x-www-form-urlencoded" : "application/json"
    let name = hook
    print(
      try await exiting { () throws(DeskFault) in
        try desk.test(hook: name, body: body, type: type)
      }.prettyText)
  }

  private func bytes(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else {
      writeToStandardError("\(path): \(String(cString: strerror(errno)))\n")
      throw ExitCode(66)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while bytes.count < 1 << 20 {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }
}

/// Whose events.
struct EventOptions: ParsableArguments {
  @Option(help: "The configuration file. Of its secrets, a database server's URL is read.")
  var config: String

  func desk() throws -> EventDesk {
    EventDesk(try loadConfiguration(config).configuration)
  }
}

private func eventID(_ text: String) throws -> ResourceID {
  guard let id = ResourceID(text) else { throw ValidationError("An event's id is a UUID.") }
  return id
}
