import GatewayCore
import Storage
import Testing

extension ConformanceCase {
  static let reading: [ConformanceCase] = [
    ConformanceCase("open operations come in the order of acceptance, whatever their ids") {
      storage in
      for number in [3, 1, 2] { try await storage.store(number) }
      try await storage.store(4, on: Samples.heatPump(2))
      try await storage.conclude(1, .failed)
      let open = try await storage.openOperations(of: Samples.heatPump())
      #expect(open.map(\.request.id) == [Samples.id(3, 3), Samples.id(3, 2)])
      #expect(try await storage.openOperations(of: Samples.heatPump(9)) == [])
    },
    ConformanceCase("operations are listed page by page, the newest first") { storage in
      for number in 1...7 { try await storage.store(number, on: Samples.heatPump(number % 2)) }
      try await storage.conclude(3, .failed)
      var pages: [[Int64]] = []
      var before: Int64?
      while pages.last?.isEmpty != true {
        let page = try await storage.operations(
          of: Samples.heatPump(1), before: before, limit: 3)
        before = page.last?.sequence
        pages.append(page.map(\.sequence))
      }
      #expect(pages == [[7, 5, 3], [1], []])
      #expect(
        try await storage.operations(of: Samples.heatPump(1), before: nil, limit: 0) == [])
      #expect(
        try await storage.operations(of: Samples.heatPump(9), before: nil, limit: 9) == [])
    },
    ConformanceCase("an operation that is not there is nil") { storage in
      let operation = try await storage.operation(Samples.id(3, 1))
      #expect(operation == nil)
    },
    ConformanceCase("a lane is abandoned when nobody holds it and its first operation is due") {
      storage in
      let heatPump = Samples.heatPump()
      _ = try await storage.accept(
        Samples.operation(1, notBefore: Samples.time(80)), key: nil, lane: Samples.request())
      try await storage.store(2)
      for (seconds, expected) in [(59, []), (60, []), (79, []), (80, [heatPump])] {
        let abandoned = try await storage.abandonedLanes(
          at: Samples.time(Int64(seconds)), limit: 9)
        #expect(abandoned == expected, "\(seconds)")
      }
      _ = try await storage.claimLane(heatPump, Samples.request(2, at: 80))
      #expect(try await storage.abandonedLanes(at: Samples.time(139), limit: 9) == [])
      #expect(try await storage.abandonedLanes(at: Samples.time(140), limit: 9) == [heatPump])
    },
    ConformanceCase("a lane in which something was sent is abandoned too, one without work is not")
    {
      storage in
      let lease = try #require(
        try await storage.accept(Samples.operation(1), key: nil, lane: Samples.request()).lease)
      try await storage.markSent([Samples.id(3, 1)], Samples.attempt(2), lease: lease)
      let later = Samples.time(60)
      #expect(try await storage.abandonedLanes(at: later, limit: 9) == [Samples.heatPump()])
      try await storage.conclude(1, .accepted)
      #expect(try await storage.abandonedLanes(at: later, limit: 9) == [])
    },
    ConformanceCase("abandoned lanes come by the age of their work, as many as asked for") {
      storage in
      for number in [5, 2, 8] { try await storage.store(number, on: Samples.heatPump(number)) }
      try await storage.store(9, on: Samples.heatPump(5))
      let later = Samples.time(900)
      for limit in 0...4 {
        #expect(
          try await storage.abandonedLanes(at: later, limit: limit)
            == [5, 2, 8].prefix(limit).map { Samples.heatPump($0) })
      }
    },
    ConformanceCase("accepted operations of an organisation are found until they are verified") {
      storage in
      for number in [3, 1, 2] { try await storage.store(number, on: Samples.heatPump(number)) }
      try await storage.store(4, on: Samples.heatPump(4, of: "south"))
      try await storage.store(5)
      for number in 1...4 { try await storage.conclude(number, .accepted) }
      try await storage.conclude(2, .verified)
      let accepted = try await storage.acceptedOperations(of: "north")
      #expect(accepted.map(\.request.id) == [Samples.id(3, 3), Samples.id(3, 1)])
      #expect(try await storage.acceptedOperations(of: "south").count == 1)
      #expect(try await storage.acceptedOperations(of: "east") == [])
    },
    ConformanceCase("accepted operations of a heat pump are found, the oldest first") { storage in
      for number in 1...4 { try await storage.store(number) }
      try await storage.store(5, on: Samples.heatPump(2))
      for number in [3, 1, 2, 5] { try await storage.conclude(number, .accepted) }
      try await storage.conclude(2, .verified)
      let accepted = try await storage.acceptedOperations(of: Samples.heatPump())
      #expect(accepted.map(\.request.id) == [Samples.id(3, 1), Samples.id(3, 3)])
      #expect(try await storage.acceptedOperations(of: Samples.heatPump(9)) == [])
    },
  ]
}
