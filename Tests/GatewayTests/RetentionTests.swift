import GatewayCore
import HeatPumps
import SQLiteStorage
import Storage
import TestSupport
import Testing

@testable import Gateway
@testable import HeatPumpService

/// Goal: what has ended is forgotten when its time is over, and what has not ended never is.
/// Method: the real upkeep task over each storage, between operations in every state, and a clock
/// that jumps to just before and just after the end of each lifetime.
@Suite struct RetentionTests {
  enum Kind: String, CaseIterable, Sendable {
    case memory
    case file
  }

  private static let day = Duration.seconds(86400)
  private let clock = ManualClock()
  private let log = LogRecorder()
  private let start: Timestamp

  init() {
    start = clock.wall
  }

  @Test(arguments: Kind.allCases)
  func `ended operations go after 30 days, and open ones never`(kind: Kind) async throws {
    try await withUpkeep(kind) { storage in
      for (number, state) in OperationState.allCases.enumerated() {
        try await accept(number, in: storage)
        try await bring(number, to: state, in: storage)
      }
      let open = Set(OperationState.allCases.filter(\.isOpen))
      #expect(open == [.queued, .sent])
      try await pass(Self.day * 30 - .seconds(600))
      #expect(try await states(in: storage) == Set(OperationState.allCases))
      try await pass(.seconds(1200))
      #expect(try await states(in: storage) == open)
      try await pass(Self.day * 400)
      #expect(try await states(in: storage) == open)
      #expect(try await storage.openOperations(of: Self.heatPump).count == 2)
    }
  }

  @Test(arguments: Kind.allCases)
  func `the time of an operation counts from its end, not from its beginning`(
    kind: Kind
  ) async throws {
    try await withUpkeep(kind) { storage in
      try await accept(0, in: storage)
      try await pass(Self.day * 29)
      try await bring(0, to: .verified, in: storage)
      try await pass(Self.day * 29)
      #expect(try await storage.operation(Self.id(0)) != nil)
      try await pass(Self.day * 1 + .seconds(600))
      #expect(try await storage.operation(Self.id(0)) == nil)
    }
  }

  @Test(arguments: Kind.allCases)
  func `a key is good for a day, and its operation stays`(kind: Kind) async throws {
    try await withUpkeep(kind) { storage in
      let answer = StoredAnswer(status: 200, headers: [], body: [])
      try await accept(0, key: Self.key, in: storage)
      try await bring(0, to: .verified, in: storage)
      try await storage.keepAnswer(answer, of: Self.id(0))
      try await pass(Self.day - .seconds(600))
      #expect(try await accept(1, key: Self.key, in: storage) == .repeated(answer))
      try await pass(.seconds(1200))
      guard case .accepted = try await accept(2, key: Self.key, in: storage) else {
        Issue.record("the key is still known")
        return
      }
      #expect(try await storage.operation(Self.id(0)) != nil)
    }
  }

  @Test(arguments: Kind.allCases)
  func `past settings are known for a day after they were last seen`(kind: Kind) async throws {
    try await withUpkeep(kind) { storage in
      func see() async throws {
        try await storage.keep(
          answers: [],
          settings: [
            StoredSettings(heatPump: Self.heatPump, tag: 7, values: [], seenAt: clock.wall)
          ], gone: [])
      }
      func areKnown() async throws -> Bool {
        try await storage.settings(of: Self.heatPump, tag: 7) != nil
      }
      try await see()
      try await pass(Self.day - .seconds(600))
      #expect(try await areKnown())
      try await see()
      try await pass(Self.day - .seconds(600))
      #expect(try await areKnown())
      try await pass(.seconds(1200))
      #expect(try await !areKnown())
    }
  }

  @Test(arguments: Kind.allCases)
  func `last answers and the audit trail are kept`(kind: Kind) async throws {
    try await withUpkeep(kind) { storage in
      try await storage.keep(
        answers: [
          StoredHeatPump(heatPump: Self.heatPump, upstream: [1], fetchedAt: clock.wall)
        ], settings: [], gone: [])
      try await storage.conclude([], at: clock.wall, lease: nil, audit: [Self.entry])
      try await pass(Self.day * 400)
      #expect(try await storage.answers(of: "acme", bytes: 99).count == 1)
      #expect(try await storage.auditTrail(after: 0, limit: 9).count == 1)
    }
  }

  @Test func `upkeep that fails is tried again`() async throws {
    let storage = InMemoryStorage()
    try await withUpkeep(over: storage) { storage in
      try await accept(0, in: storage)
      try await bring(0, to: .failed, in: storage)
      (storage as? InMemoryStorage)?.fail(with: .unavailable("disk full"))
      try await pass(Self.day * 40)
      (storage as? InMemoryStorage)?.fail(with: nil)
      #expect(log.text.contains("old records could not be removed"))
      #expect(try await storage.operation(Self.id(0)) != nil)
      try await pass(.seconds(600))
      #expect(try await storage.operation(Self.id(0)) == nil)
    }
  }

  // MARK: Support

  private static let heatPump = HeatPumpReference(
    organisation: "acme", user: smith, id: smithPump)
  private static let key = IdempotencyKey(app: "portal", key: "k", fingerprint: [1])
  private static let origin = OperationOrigin(kind: .app, name: "portal", occasion: "r")
  private static let entry = AuditEntry(
    at: Timestamp(microseconds: 0), heatPump: heatPump, operationID: id(0), origin: origin,
    state: .accepted, changes: Array("[]".utf8))

  private static func id(_ number: Int) -> ResourceID {
    ResourceID(high: 7, low: UInt64(number))
  }

  private func withUpkeep(
    _ kind: Kind, _ body: (any Storage) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let storage: any Storage =
      switch kind {
      case .memory: InMemoryStorage()
      case .file: try await SQLiteStorage.open(path: folder.path + "/gateway.db")
      }
    try await withUpkeep(over: storage, body)
  }

  private func withUpkeep(
    over storage: any Storage, _ body: (any Storage) async throws -> Void
  ) async throws {
    let service = GatewayFixture.service(
      OrganisationSettings(name: "acme", index: 0), clock, log, FakeTransport(), storage)
    let upkeep = Task { await service.prune() }
    await clock.waitForSleepers()
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(storage))
    } catch {
      result = .failure(error)
    }
    upkeep.cancel()
    await upkeep.value
    await storage.close()
    try result.get()
  }

  /// Lets time pass, and the upkeep that is due at its end come to rest.
  private func pass(_ duration: Duration) async throws {
    clock.advance(by: duration)
    await clock.waitForSleepers()
  }

  @discardableResult
  private func accept(
    _ number: Int, key: IdempotencyKey? = nil, in storage: any Storage
  ) async throws -> Acceptance {
    try await storage.accept(
      NewOperation(
        id: Self.id(number), heatPump: Self.heatPump, origin: Self.origin, patch: [],
        acceptedAt: clock.wall, expiresAt: clock.wall + .seconds(600)), key: key,
      lane: LaneRequest(
        owner: ResourceID(high: 9, low: 9), now: clock.wall, until: clock.wall + Self.day * 999))
  }

  private func bring(
    _ number: Int, to state: OperationState, in storage: any Storage
  ) async throws {
    switch state {
    case .queued: break
    case .sent:
      try await storage.markSent(
        [Self.id(number)], SendAttempt(at: clock.wall, body: 1),
        lease: LaneLease(heatPump: Self.heatPump, fence: 1, until: clock.wall))
    default:
      try await storage.conclude(
        [Conclusion(operationID: Self.id(number), state: state)], at: clock.wall, lease: nil,
        audit: [])
    }
  }

  private func states(in storage: any Storage) async throws -> Set<OperationState> {
    Set(
      try await storage.operations(of: Self.heatPump, before: nil, limit: 99).map(\.state))
  }
}
