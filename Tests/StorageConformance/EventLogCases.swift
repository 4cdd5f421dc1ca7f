import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let eventLog: [ConformanceCase] = [
    ConformanceCase("events are stored as they came, under numbers that grow") { storage in
      let batch = [
        Samples.happening(1, size: 0), Samples.happening(2, on: nil, type: "gateway.naïve"),
        Samples.happening(3, on: Samples.heatPump(1, of: "south"), of: "south", size: 5000),
      ]
      let stored = try await storage.append(EventBatch(events: batch))
      #expect(stored == zip([1, 2, 3], batch).map { StoredEvent(sequence: $0, event: $1) })
      let north = try await storage.loggedEvents(of: "north", after: 0, .everything, limit: 9)
      #expect(north == Array(stored.prefix(2)))
      for event in stored { #expect(try await storage.loggedEvent(event.event.id) == event) }
      let missing = try await storage.loggedEvent(Samples.id(6, 4))
      #expect(missing == nil)
      let named = [3, 4, 1, 3].map { Samples.id(6, $0) }
      #expect(try await storage.loggedEvents(named) == [stored[2], stored[0], stored[2]])
      #expect(try await storage.append(Samples.happenings(4...5)).map(\.sequence) == [4, 5])
    },
    ConformanceCase("the feed goes on behind any number, page by page, and knows its ends") {
      storage in
      #expect(try await storage.newestSequence(of: "north") == 0)
      #expect(try await storage.oldestSequence(of: "north") == 1)
      for number in 1...7 {
        let organisation = number.isMultiple(of: 2) ? "south" : "north"
        try await storage.append(
          EventBatch(events: [Samples.happening(number, on: nil, of: organisation)]))
      }
      #expect(try await storage.feed(limit: 3) == [1, 3, 5])
      #expect(try await storage.feed(after: 5, limit: 3) == [7])
      #expect(try await storage.feed(after: 4) == [5, 7])
      #expect(try await storage.feed(after: 7) == [])
      #expect(try await storage.feed(limit: 0) == [])
      #expect(try await storage.newestSequence(of: "south") == 6)
      #expect(try await storage.oldestSequence(of: "south") == 1)
      #expect(
        try await storage.loggedEvents(of: "east", after: 0, .everything, limit: 9) == [])
    },
    ConformanceCase("a selection lets through types and heat pumps, in the feed and in deliveries")
    {
      storage in
      let selections: [(EventSelection, [Int64])] = [
        (.everything, [1, 2, 3, 4]),
        (EventSelection(types: ["a"], heatPumps: nil), [1, 3]),
        (EventSelection(types: ["naïve \"b\"", "c"], heatPumps: nil), [2, 4]),
        (EventSelection(types: [], heatPumps: nil), []),
        (EventSelection(types: nil, heatPumps: [Samples.heatPump(1).id]), [1, 2, 4]),
        (EventSelection(types: ["a", "c"], heatPumps: [Samples.heatPump(2).id]), [3, 4]),
        (EventSelection(types: nil, heatPumps: [Samples.heatPump(9).id]), [4]),
        (EventSelection(types: nil, heatPumps: []), [4]),
      ]
      for (index, selection) in selections.enumerated() {
        try await storage.subscribe(index, terms: Samples.terms(selection.0))
      }
      _ = try await storage.createSubscription(
        Samples.subscription(99, of: "south"), limit: .max)
      try await storage.append(
        EventBatch(events: [
          Samples.happening(1, type: "a"), Samples.happening(2, type: "naïve \"b\""),
          Samples.happening(3, on: Samples.heatPump(2), type: "a"),
          Samples.happening(4, on: nil, type: "c"),
        ]))
      for (index, selection) in selections.enumerated() {
        #expect(try await storage.feed(selection.0) == selection.1, "\(selection)")
        #expect(try await storage.queued(index) == selection.1, "\(selection)")
      }
      #expect(
        try await storage.claimDeliveries(Samples.claim()).allSatisfy { claimed in
          claimed.subscription.organisation == "north"
        })
    },
    ConformanceCase("an event's id is stored once; a batch is stored wholly or not at all") {
      storage in
      try await storage.subscribe(1)
      try await storage.happen(1)
      for events in [
        [Samples.happening(2), Samples.happening(1)], [Samples.happening(3), Samples.happening(3)],
      ] {
        await #expect(throws: StorageFault.self) {
          try await storage.append(
            EventBatch(
              events: events, detectors: [DetectorChange(heatPump: Samples.heatPump(), state: [1])])
          )
        }
      }
      #expect(try await storage.feed() == [1])
      #expect(try await storage.queued(1) == [1])
      let detector = try await storage.detector(of: Samples.heatPump())
      #expect(detector == nil)
      try await storage.happen(2)
      #expect(try await storage.feed().count == 2)
    },
    ConformanceCase("of many batches at once each keeps its order, and no number comes twice") {
      storage in
      try await storage.subscribe(1)
      let batches = try await withThrowingTaskGroup(of: [StoredEvent].self) { group in
        for number in 0..<50 {
          group.addTask {
            try await storage.append(Samples.happenings(number * 4...number * 4 + 3))
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for batch in batches {
        #expect(batch.map(\.sequence) == Array(batch[0].sequence...batch[0].sequence + 3))
      }
      #expect(try await storage.feed() == Array(1...200))
      #expect(try await storage.queued(1) == Array(1...200))
    },
  ]

  static let detectors: [ConformanceCase] = [
    ConformanceCase("a detector's state is replaced together with the events, or without any") {
      storage in
      let heatPump = Samples.heatPump()
      for (version, state) in [[1], [], [UInt8](repeating: 255, count: 500)].enumerated() {
        try await storage.append(
          EventBatch(
            events: version == 1 ? [Samples.happening(1)] : [],
            detectors: [DetectorChange(heatPump: heatPump, state: state)]))
        #expect(
          try await storage.detector(of: heatPump)
            == DetectorState(heatPump: heatPump, state: state, version: Int64(version + 1)))
      }
      #expect(try await storage.feed() == [1])
      try await storage.append(
        EventBatch(
          events: [],
          detectors: [2, 1].map { DetectorChange(heatPump: Samples.heatPump($0), state: nil) }))
      for number in 1...2 {
        let gone = try await storage.detector(of: Samples.heatPump(number))
        #expect(gone == nil)
      }
    },
    ConformanceCase("of two gateways that saw the same change, one tells it") { storage in
      let heatPump = Samples.heatPump()
      for (number, version, isFirst) in [
        (1, Int64(0), true), (2, 0, false), (3, 1, true), (4, 1, false), (5, 3, false),
        (6, 2, true),
      ] {
        let batch = EventBatch(
          events: [Samples.happening(number)],
          detectors: [
            DetectorChange(heatPump: Samples.heatPump(2), state: [UInt8(number)]),
            DetectorChange(heatPump: heatPump, state: [UInt8(number)], replaces: version),
          ])
        guard !isFirst else {
          try await storage.append(batch)
          continue
        }
        await #expect(throws: StorageFault.outdated) { try await storage.append(batch) }
      }
      for number in 1...2 {
        #expect(try await storage.detector(of: Samples.heatPump(number))?.state == [6])
      }
      let events = try await storage.loggedEvents(of: "north", after: 0, .everything, limit: 9)
      #expect(events.map(\.event.id) == [1, 3, 6].map { Samples.id(6, $0) })
    },
    ConformanceCase("the detectors of an organisation are read page by page") { storage in
      let heatPumps =
        (1...5).map { Samples.heatPump($0) }
        + [
          HeatPumpReference(
            organisation: "north", user: Samples.id(1, 9), id: Samples.heatPump(2).id),
          Samples.heatPump(3, of: "south"),
        ]
      try await storage.append(
        EventBatch(
          events: [], detectors: heatPumps.map { DetectorChange(heatPump: $0, state: [7]) }))
      var found: [HeatPumpReference] = []
      while true {
        let page = try await storage.detectors(of: "north", after: found.last, limit: 2)
        if page.isEmpty { break }
        #expect(page.count <= 2)
        found += page.map(\.heatPump)
      }
      #expect(found == [0, 1, 5, 2, 3, 4].map { heatPumps[$0] })
      #expect(try await storage.detectors(of: "east", after: nil, limit: 9) == [])
    },
  ]
}
