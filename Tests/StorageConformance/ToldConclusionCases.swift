import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let toldConclusions: [ConformanceCase] = [
    ConformanceCase("an outcome and the events about it are stored together, deliveries too") {
      storage in
      try await storage.subscribe(1)
      try await storage.store(1)
      try await storage.conclude(
        [Conclusion(operationID: Samples.id(3, 1), state: .failed)], at: Samples.time(5),
        lease: nil, audit: [], events: [Samples.happening(1), Samples.happening(2)])
      #expect(try await storage.state(of: 1) == .failed)
      let events = try await storage.loggedEvents(of: "north", after: 0, .everything, limit: 9)
      #expect(events.map(\.event) == [Samples.happening(1), Samples.happening(2)])
      #expect(try await storage.queued(1) == events.map(\.sequence))
    },
    ConformanceCase("an outcome that is not stored is not told either, and the other way round") {
      storage in
      try await storage.store(1)
      try await storage.store(2)
      try await storage.conclude(1, .failed)
      try await storage.happen(7)
      await #expect(throws: StorageFault.outdated) {
        try await storage.conclude(
          [Conclusion(operationID: Samples.id(3, 1), state: .verified)], at: Samples.time(5),
          lease: nil, audit: [], events: [Samples.happening(1)])
      }
      await #expect(throws: StorageFault.self) {
        try await storage.conclude(
          [Conclusion(operationID: Samples.id(3, 2), state: .failed)], at: Samples.time(5),
          lease: nil, audit: [], events: [Samples.happening(2), Samples.happening(7)])
      }
      #expect(try await storage.state(of: 2) == .queued)
      let events = try await storage.loggedEvents(of: "north", after: 0, .everything, limit: 9)
      #expect(events.map(\.event.id) == [Samples.id(6, 7)])
    },
    ConformanceCase("a detector's row may be empty, and be taken for a row all the same") {
      storage in
      let change = DetectorChange(heatPump: Samples.heatPump(), state: [], replaces: 0)
      try await storage.append(EventBatch(events: [], detectors: [change]))
      #expect(
        try await storage.detector(of: Samples.heatPump())
          == DetectorState(heatPump: Samples.heatPump(), state: [], version: 1))
      await #expect(throws: StorageFault.outdated) {
        try await storage.append(EventBatch(events: [], detectors: [change]))
      }
    },
  ]
}
