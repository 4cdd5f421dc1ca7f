import Foundation
import HeatPumpClient

/// Pauses heat pumps for a grid operator's event and puts everything back afterwards. The first
/// argument says after how long, PT5S without it.
func demandResponse(_ gateway: GatewayClient, _ name: String, _ arguments: [String]) async throws {
  var job = NewJob(.command(.pauseFor("PT2H")), of: .heatPumps([name]))
  job.ratePerSecond = 20
  job.abortAbovePercent = 20
  job.revertAfter = ISODuration(rawValue: arguments.first ?? "PT5S")

  // First, what it would come to; nothing is sent.
  let preview = try await gateway.preview(job)
  print("dry run: \(preview.unchanged) unchanged, \(preview.refused) refused")

  let started = try await gateway.start(job)
  var states: [JobState] = []
  let ended = try await gateway.ended(started, every: .milliseconds(500)) { job in
    guard states.last != job.state else { return }
    states.append(job.state)
    print("job: \(job.state.rawValue)")
  }

  // What became of each heat pump, page by page.
  let results = try await gateway.all { try await gateway.results(ofJob: ended.id, cursor: $0) }
  for result in results {
    let outcome = (result.change.outcome.rawValue, result.revert.outcome.rawValue)
    print("\(result.alias ?? result.heatPumpId): \(outcome.0), put back: \(outcome.1)")
  }
}
