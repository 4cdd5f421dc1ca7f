import GatewayCore
import TestSupport

/// The order in which sources tell events, as chance wants it: some twice or three times at the
/// same moment, some again later, some behind younger ones.
final class HookChaosFeed: Sendable {
  /// One time that an event is told.
  struct Delivery: Sendable, Equatable {
    /// The event, by its number.
    let number: Int
    /// Whether it is told again if no answer comes.
    let isPersistent: Bool
  }

  private enum Step: Sendable {
    case delivery(Delivery)
    case end
  }

  private struct State: Sendable {
    var number = 0
    /// Younger events have to wait.
    var limit = 0
    /// To be told next.
    var next: [Int] = []
    /// To be told when the event of that number is reached.
    var later: [Int: [Int]] = [:]
  }

  /// How many events there are; their numbers begin with 1.
  let count: Int
  private let random: SeededRandom
  private let state = Locked(State())

  init(count: Int, seed: UInt64) {
    self.count = count
    random = SeededRandom(seed: seed)
  }

  /// Lets events be told, up to that number.
  func allow(upTo number: Int) { state.withLock { $0.limit = min(number, count) } }

  /// What is told next, as soon as it may be; `nil` if all has been told.
  ///
  /// - Throws: ``NeverHappened`` if it may not be for long.
  func next() async throws -> Delivery? {
    let step = try await eventualValue("leave to tell more", within: .seconds(300)) { self.step() }
    return switch step {
    case .delivery(let delivery): delivery
    case .end: nil
    }
  }

  // Nothing while it has to wait.
  private func step() -> Step? {
    state.withLock { state in
      while state.next.isEmpty {
        if state.number == state.limit, state.number < count { return nil }
        guard advance(&state) else { return .end }
      }
      let number = state.next.removeFirst()
      return .delivery(Delivery(number: number, isPersistent: below(30) > 0))
    }
  }

  // Goes on to the next event; false if there is none.
  private func advance(_ state: inout State) -> Bool {
    guard state.number < count else {
      guard let first = state.later.keys.min() else { return false }
      state.next += state.later.removeValue(forKey: first) ?? []
      return true
    }
    state.number += 1
    let number = state.number
    state.next += state.later.removeValue(forKey: number) ?? []
    switch below(20) {
    case 0, 1: state.next += [number, number]
    case 2: state.next += [number, number, number]
    case 3, 4:
      state.next.append(number)
      state.later[number + 20 + below(200), default: []].append(number)
    case 5, 6: state.later[number + 1 + below(40), default: []].append(number)
    case 7: state.later[number + 1 + below(40), default: []] += [number, number]
    default: state.next.append(number)
    }
    return true
  }

  private func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
}
