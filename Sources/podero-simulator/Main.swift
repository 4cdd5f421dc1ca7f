import ArgumentParser
@preconcurrency import Dispatch
import GatewayCore
import Glibc
import PoderoSimulator

@main
struct Main: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "podero-simulator",
    abstract: "The double of the partner API, with heat pumps that live and faults to switch on.",
    discussion: """
      User n is a0000000-0000-4000-8000-, heat pump n is b0000000-0000-4000-8000-, each followed by
      n as twelve hexadecimal digits, from 1; heat pumps are counted through all users.

      From this machine it is steered by JSON at /control/: GET stats, updates, estate;
      GET and POST settings, heat-pumps/{id}; GET, POST and DELETE faults; POST advance, reset;
      DELETE tokens. A wrong request is answered with what is right.
      """)

  @OptionGroup var options: Options

  func run() async throws {
    let simulator: PoderoSimulator
    do {
      simulator = try await PoderoSimulator.start(try options.settings())
    } catch let fault as SimulatorStartFault {
      throw ValidationError(fault.description)
    }
    print(
      "podero-simulator listening on \(simulator.origin) (org \(simulator.organisationID))")
    // A pipe is buffered, and whoever starts the demo waits for this line.
    fflush(nil)
    for await _ in Signals.stream([SIGTERM, SIGINT]) { break }
    await simulator.stop()
  }
}

/// Signals as a stream.
enum Signals {
  static func stream(_ numbers: [Int32]) -> AsyncStream<Int32> {
    AsyncStream { continuation in
      let sources = numbers.map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { continuation.yield(number) }
        source.resume()
        return source
      }
      continuation.onTermination = { _ in for source in sources { source.cancel() } }
    }
  }
}
