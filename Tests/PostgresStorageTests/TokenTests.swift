import GatewayCore
import Storage
import TestSupport
import Testing

@testable import PostgresStorage
@testable import StorageConformance

extension Samples {
  static let place = SharedTokenPlace(organisation: "north", credentials: [1, 2, 3])
  static let token = NewSharedToken(sealed: [7, 8], slot: "current", life: .seconds(600))
}

/// Goal: of all gateways one fetches a token, and all of them get it.
/// Method: storages on one schema ask in turns and at once.
@Suite struct TokenTests {
  private let one = Samples.id(4, 1)
  private let two = Samples.id(4, 2)

  @Test func `one has the turn, and all get what it brings`() async throws {
    try await withStorage { storage in
      let turn = try await takeTurn(storage, one)
      #expect(try await ask(storage, two) == .wait)
      // Its own turn is no other turn, either.
      #expect(try await ask(storage, one) == .wait)
      let generation = try #require(try await storage.keepToken(Samples.token, in: turn))
      for member in [one, two] {
        guard case .token(let stored) = try await ask(storage, member) else {
          Issue.record("no token")
          return
        }
        #expect(stored.token == Samples.token && stored.generation == generation)
        #expect(stored.age >= .zero && stored.age < .seconds(60))
      }
      // Whoever has been refused with it wants a newer one, and has the turn.
      let next = try await takeTurn(storage, two, newerThan: generation)
      #expect(next.fence == turn.fence + 1)
      let newer = try #require(try await storage.keepToken(Samples.token, in: next))
      #expect(newer > generation)
    }
  }

  @Test func `of fifty that ask at once, one has the turn`() async throws {
    try await withStorage { storage in
      let answers = try await withThrowingTaskGroup(of: SharedTokenAnswer.self) { group in
        for number in 1...50 {
          group.addTask { try await ask(storage, Samples.id(4, number)) }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count { $0 != .wait } == 1)
    }
  }

  @Test func `a turn that brought nothing is followed by a pause for all`() async throws {
    try await withStorage { storage in
      let turn = try await takeTurn(storage, one)
      try await storage.endTurn(turn, pause: .seconds(600), reason: "refused")
      guard case .paused(let rest, "refused") = try await ask(storage, two) else {
        Issue.record("no pause")
        return
      }
      #expect(rest > .seconds(500) && rest <= .seconds(600))
      let late = try await storage.keepToken(Samples.token, in: turn)
      #expect(late == nil)
    }
  }

  @Test func `a turn that lasts too long is another's`() async throws {
    try await withStorage { storage in
      let first = try await storage.token(
        of: Samples.place, newerThan: 0, for: one, turnTime: .zero)
      guard case .turn(let turn) = first else {
        Issue.record("no turn")
        return
      }
      let next = try await takeTurn(storage, two)
      #expect(next.fence == turn.fence + 1)
      let late = try await storage.keepToken(Samples.token, in: turn)
      #expect(late == nil)
    }
  }

  @Test func `whoever looks takes no turn, and other credentials have tokens of their own`()
    async throws
  {
    try await withStorage { storage in
      let look = try await storage.token(
        of: Samples.place, newerThan: 0, for: one, turnTime: nil)
      #expect(look == .wait)
      let turn = try await takeTurn(storage, one)
      _ = try await storage.keepToken(Samples.token, in: turn)
      let other = SharedTokenPlace(organisation: "north", credentials: [9])
      let answer = try await storage.token(
        of: other, newerThan: 0, for: two, turnTime: .seconds(60))
      #expect(answer == .turn(SharedTokenTurn(place: other, fence: 1)))
    }
  }

  @Test func `the first proof of the key is the one that counts`() async throws {
    try await withStorage { storage in
      let first = try await storage.keyProof(orKeep: [1])
      let second = try await storage.keyProof(orKeep: [2])
      #expect(first == [1] && second == [1])
    }
  }

  private func ask(
    _ storage: PostgresStorage, _ member: ResourceID, newerThan generation: Int64 = 0
  ) async throws -> SharedTokenAnswer {
    try await storage.token(
      of: Samples.place, newerThan: generation, for: member, turnTime: .seconds(60))
  }

  private func takeTurn(
    _ storage: PostgresStorage, _ member: ResourceID, newerThan generation: Int64 = 0
  ) async throws -> SharedTokenTurn {
    let answer = try await ask(storage, member, newerThan: generation)
    let turn: SharedTokenTurn? = if case .turn(let turn) = answer { turn } else { nil }
    return try #require(turn)
  }

  private func withStorage(_ body: (PostgresStorage) async throws -> Void) async throws {
    let storage = try await PostgresStorage.open(try await freshSettings())
    try await body(storage)
    await storage.close()
  }
}
