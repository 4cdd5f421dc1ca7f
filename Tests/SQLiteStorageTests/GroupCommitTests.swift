import GatewayCore
import Storage
import TestSupport
import Testing

@testable import SQLiteStorage

/// Goal: waiting writes share commits, and none of them pays for another's mistake.
/// Method: the writer is held while commands gather behind it, so that their group is known.
@Suite struct GroupCommitTests {
  @Test func `commands that wait share one commit`() async throws {
    try await withStorage { storage in
      let before = storage.statistics
      let gate = Gate()
      async let held: Void = storage.write { _ in gate.pass() }
      await gate.arrival()
      let calls = (1...200).map { number in
        Task { try await storage.accept(operation(number), key: nil, lane: request) }
      }
      await gathered(200, in: storage)
      gate.open()
      try await held
      for call in calls { _ = try await call.value }
      #expect(storage.statistics.commits - before.commits == 2)
      #expect(storage.statistics.commands - before.commands == 201)
      #expect(storage.statistics.waiting == 0)
    }
  }

  @Test func `without holding, many at once still need far fewer commits`() async throws {
    try await withStorage { storage in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...500 {
          group.addTask {
            _ = try await storage.accept(operation(number), key: nil, lane: request)
          }
        }
        try await group.waitForAll()
      }
      #expect(storage.statistics.commands == 500)
      #expect(storage.statistics.commits < 250)
    }
  }

  @Test func `a command that fails takes back its own changes and nobody else's`() async throws {
    try await withStorage { storage in
      _ = try await storage.accept(operation(0), key: nil, lane: request)
      let gate = Gate()
      async let held: Void = storage.write { _ in gate.pass() }
      await gate.arrival()
      let good = Task { try await storage.accept(operation(1), key: nil, lane: request) }
      await gathered(1, in: storage)
      let taken = Task { try await storage.accept(operation(0), key: nil, lane: request) }
      await gathered(2, in: storage)
      let lost = Task {
        try await storage.write { tables in
          _ = try tables.accept(operation(2), key: nil, lane: request)
          throw StorageFault.leaseLost
        }
      }
      await gathered(3, in: storage)
      let last = Task { try await storage.accept(operation(3), key: nil, lane: request) }
      await gathered(4, in: storage)
      gate.open()
      try await held
      _ = try await good.value
      _ = try await last.value
      await #expect(throws: StorageFault.leaseLost) { try await lost.value }
      let fault = await #expect(throws: StorageFault.self) { try await taken.value }
      #expect(String(describing: fault).contains("UNIQUE constraint failed: operation.id"))
      let open = try await storage.openOperations(of: heatPump)
      #expect(open.map(\.request.id) == [0, 1, 3].map { operation($0).id })
      #expect(storage.statistics.commits == 3)
      #expect(storage.statistics.failedCommits == 0)
    }
  }

  @Test func `a heat pump whose first command failed gets a row of its own later`() async throws {
    try await withStorage { storage in
      let first = moved(operation(1), to: 1)
      let other = moved(operation(2), to: 2)
      let again = moved(operation(3), to: 1)
      await #expect(throws: StorageFault.leaseLost) {
        try await storage.write { tables in
          _ = try tables.accept(first, key: nil, lane: request)
          #expect(try tables.openOperations(of: first.heatPump).count == 1)
          throw StorageFault.leaseLost
        }
      }
      for operation in [other, again] {
        _ = try await storage.accept(operation, key: nil, lane: request)
        let open = try await storage.openOperations(of: operation.heatPump)
        #expect(open.map(\.request) == [operation])
      }
    }
  }

  private func moved(_ operation: NewOperation, to number: UInt64) -> NewOperation {
    var operation = operation
    operation.heatPump = HeatPumpReference(
      organisation: "north", user: ResourceID(high: 1, low: 9),
      id: ResourceID(high: 9, low: number))
    return operation
  }

  @Test func `nobody hears of success before the commit, and all of failure if it fails`()
    async throws
  {
    try await withStorage { storage in
      let gate = Gate()
      async let held: Void = storage.write { _ in gate.pass() }
      await gate.arrival()
      let calls = (1...3).map { number in
        Task { try await storage.accept(operation(number), key: nil, lane: request) }
      }
      await gathered(3, in: storage)
      // A reference to nothing, checked at the commit: every command goes well, the commit does
      // not.
      let culprit = Task {
        try await storage.write { tables in
          try tables.run("PRAGMA defer_foreign_keys = ON")
          try tables.run("INSERT INTO answer VALUES (999, 0, x'')")
        }
      }
      await gathered(4, in: storage)
      gate.open()
      try await held
      for call in calls {
        let fault = await #expect(throws: StorageFault.self) { try await call.value }
        #expect(String(describing: fault).contains("FOREIGN KEY"))
      }
      await #expect(throws: StorageFault.self) { try await culprit.value }
      #expect(try await storage.openOperations(of: heatPump) == [])
      #expect(storage.statistics.failedCommits == 1)
      #expect(storage.statistics.lastFault != nil)
      // And it goes on.
      _ = try await storage.accept(operation(1), key: nil, lane: request)
    }
  }

  @Test func `more than may wait are refused at once`() async throws {
    try await withStorage(waitingLimit: 2) { storage in
      let gate = Gate()
      async let held: Void = storage.write { _ in gate.pass() }
      await gate.arrival()
      let calls = (1...2).map { number in
        Task { try await storage.accept(operation(number), key: nil, lane: request) }
      }
      await gathered(2, in: storage)
      await #expect(throws: StorageFault.unavailable("2 changes are waiting already")) {
        try await storage.check()
      }
      #expect(storage.statistics.refusals == 1)
      gate.open()
      try await held
      for call in calls { _ = try await call.value }
      try await storage.check()
    }
  }

  @Test func `closing carries out what waits`() async throws {
    let folder = try TemporaryFolder()
    let storage = try await SQLiteStorage.open(path: folder.file("gateway.db"))
    let gate = Gate()
    async let held: Void = storage.write { _ in gate.pass() }
    await gate.arrival()
    let call = Task { try await storage.accept(operation(1), key: nil, lane: request) }
    await gathered(1, in: storage)
    let closing = Task { await storage.close() }
    while !storage.door.isClosed { await Task.yield() }
    await #expect(throws: StorageFault.unavailable("closed")) { try await storage.check() }
    gate.open()
    await closing.value
    try await held
    _ = try await call.value
    let again = try await SQLiteStorage.open(path: folder.file("gateway.db"))
    #expect(try await again.operation(operation(1).id) != nil)
    await again.close()
  }
}
