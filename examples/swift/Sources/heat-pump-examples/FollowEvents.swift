import HeatPumpClient

/// Follows the stream of events. The first argument is the number of the last event that was
/// handled, 0 without it; the second, how many to print before it ends, all of them without it.
func followEvents(_ gateway: GatewayClient, _ arguments: [String]) async throws {
  let last = arguments.first.flatMap { Int($0) } ?? 0
  var wanted = arguments.dropFirst().first.flatMap { Int($0) } ?? Int.max
  // The stream comes back by itself where it broke off.
  for try await item in gateway.stream(after: last) {
    switch item {
    case .resync: print("Events are gone: read the heat pumps anew.")
    case .event(let event, let sequence):
      let about = event.data.alias ?? event.data.heatPumpId ?? "-"
      print(sequence, event.type.rawValue, about)
      // Keep `sequence` where your own data is, once the event is handled.
      wanted -= 1
    }
    if wanted == 0 { break }
  }
}
