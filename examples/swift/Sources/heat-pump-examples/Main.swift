import Foundation
import HeatPumpClient

/// Runs the example that the first argument names.
@main
struct Main {
  static func main() async {
    let environment = ProcessInfo.processInfo.environment
    let arguments = Array(CommandLine.arguments.dropFirst(2))
    do {
      switch CommandLine.arguments.dropFirst().first {
      case "read": try await read(gateway(environment), heatPump(environment))
      case "write": try await write(gateway(environment), heatPump(environment), arguments)
      case "demand-response":
        try await demandResponse(gateway(environment), heatPump(environment), arguments)
      case "follow-events": try await followEvents(gateway(environment), arguments)
      case "verify-webhook": try verifyWebhook(environment)
      default:
        throw Failure("read | write | demand-response | follow-events | verify-webhook")
      }
    } catch let problem as Problem {
      fail("\(problem.status) \(problem.type): \(problem.detail)")
    } catch {
      fail("\(error)")
    }
  }

  private static func gateway(_ environment: [String: String]) throws -> GatewayClient {
    guard let url = environment["GATEWAY"].flatMap({ URL(string: $0) }),
      let key = environment["KEY"]
    else { throw Failure("GATEWAY and KEY must be set") }
    return GatewayClient(at: url, key: key)
  }

  private static func heatPump(_ environment: [String: String]) -> String {
    environment["HEAT_PUMP"] ?? "smith-home"
  }

  private static func fail(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
    exit(1)
  }
}

/// What an example has to say when it cannot go on.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
