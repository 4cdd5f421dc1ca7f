import GRDB
import GatewayCore
import Storage
import Testing

@testable import SQLiteStorage

/// Goal: with fewer indices nothing of the history is lost, and what is old goes all the same.
/// Method: a file of the release before; histories of several steps' length.
@Suite struct LeanerOperationsTests {
  @Test func `a file of the release before keeps its history, open and ended`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("gateway.db")
    let queue = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(queue, upTo: "5 fleet jobs")
    try await queue.write { database in
      let tables = Tables(database)
      for number in 1...4 { _ = try tables.accept(operation(number), key: nil, lane: request) }
      try tables.conclude([ended(1), ended(3)], at: noon, lease: nil, audit: [])
    }
    try queue.close()
    try await withOpen(path) { storage in
      let all = try await numbers(in: storage)
      #expect(all == [4, 3, 2, 1])
      #expect(try await numbers(in: storage, before: 4, limit: 2) == [3, 2])
      #expect(try await storage.openOperations(of: heatPump).map(\.sequence) == [2, 4])
      #expect(try await storage.acceptedOperations(of: heatPump) == [])
      #expect(try await storage.integrityCheck() == [])
    }
  }

  @Test func `what has ended goes in steps, and what is kept in between does not stop them`()
    async throws
  {
    let count = 3 * ShortSteps.limit
    try await withStorage { storage in
      try await storage.write { tables in
        for number in 1...count {
          var operation = operation(number)
          // By a clock that was wrong for a while.
          if number == 2 { operation.acceptedAt = noon + .seconds(1_000_000) }
          _ = try tables.accept(operation, key: nil, lane: request)
        }
        let ended = (1...count).filter { $0 != ShortSteps.limit }.map(ended)
        try tables.conclude(ended, at: noon, lease: nil, audit: [])
      }
      #expect(try await storage.prune(operations: noon, keys: noon, settings: noon) == 0)
      let later = noon + .seconds(1)
      #expect(
        try await storage.prune(operations: later, keys: later, settings: later) == count - 1)
      #expect(try await numbers(in: storage) == [Int64(ShortSteps.limit)])
    }
  }

  @Test func `the search ends where all are young`() async throws {
    try await withStorage { storage in
      try await storage.write { tables in
        for number in 1...(2 * ShortSteps.limit) {
          var operation = operation(number)
          operation.acceptedAt = noon + .seconds(number)
          _ = try tables.accept(operation, key: nil, lane: request)
        }
      }
      let limit = ShortSteps.limit
      let first = try await storage.pruneOperations(
        after: 0, before: noon + .seconds(3), limit: limit)
      #expect(first.last == Int64(limit))
      let second = try await storage.pruneOperations(
        after: Int64(limit), before: noon + .seconds(3), limit: limit)
      #expect(second.last == nil)
      let none = try await storage.pruneOperations(
        after: Int64(2 * limit), before: noon + .seconds(3), limit: limit)
      #expect(none.last == nil)
    }
  }

  private func ended(_ number: Int) -> Conclusion {
    Conclusion(operationID: operation(number).id, state: .failed)
  }

  private func numbers(
    in storage: SQLiteStorage, before: Int64? = nil, limit: Int = 9
  ) async throws(StorageFault) -> [Int64] {
    try await storage.operations(of: heatPump, before: before, limit: limit).map(\.sequence)
  }
}
