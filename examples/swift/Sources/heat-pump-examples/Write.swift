import Foundation
import HeatPumpClient

/// Sets the hot-water temperature to the first argument, and follows the operation.
func write(_ gateway: GatewayClient, _ name: String, _ arguments: [String]) async throws {
  guard let temperature = Decimal(string: arguments.first ?? "50.5") else {
    throw Failure("The temperature is no number.")
  }
  // The decision is made on this state; whoever changes the setting meanwhile is not overwritten.
  let reading = try await gateway.heatPump(name)
  var patch = HeatPumpPatch()
  patch.hotWater.standardTemperature = .to(temperature)

  let answer: WriteAnswer
  do {
    // The client makes an idempotency key, so that it may send this again if the answer is lost.
    answer = try await gateway.update(name, patch, ifMatch: reading.tag, waiting: .notAtAll)
  } catch let problem as Problem where problem.name == "precondition-failed" {
    throw Failure("It has changed since it was read: read it again, decide again.")
  }
  guard case .underWay(let operation) = answer else {
    print("state: done at once")
    return
  }
  print("operation: \(operation.id)")
  let settled = try await gateway.settled(operation)
  print("state: \(settled.state.rawValue)")
}
