import GatewayCore
import TestSupport
import Testing

@testable import PoderoClient

/// Goal: what is sent again, how often and when, is exactly what is safe.
/// Method: the pure policy over all causes.
@Suite struct RetryPolicyTests {
  private func decisions(
    isUpdate: Bool, _ cause: RetryPolicy.Cause, chance: Double = 0.5, retryAfter: Duration? = nil
  ) -> [RetryPolicy.Decision] {
    var policy = RetryPolicy(isUpdate: isUpdate, readRetries: 2)
    return (0..<4).map { _ in
      policy.decide(after: cause, retryAfter: retryAfter, chance: chance)
    }
  }

  @Test(arguments: [502, 503, 504])
  func `a read meets an absent server three times, with growing pauses`(status: Int) {
    #expect(
      decisions(isUpdate: false, .status(status)) == [
        .again(after: .milliseconds(100)), .again(after: .milliseconds(200)), .giveUp, .giveUp,
      ])
    #expect(decisions(isUpdate: true, .status(status)) == [.giveUp, .giveUp, .giveUp, .giveUp])
  }

  @Test func `pauses stay between their bounds, or follow the server`() {
    for (chance, first, second) in [(0.0, 50, 50), (0.999_999_9, 200, 400)] {
      let decided = decisions(isUpdate: false, .status(503), chance: chance)
      for (decision, limit) in zip(decided, [first, second]) {
        guard case .again(let pause) = decision else {
          Issue.record("gave up")
          continue
        }
        #expect(pause <= .milliseconds(limit) && pause > .milliseconds(limit - 1))
      }
    }
    #expect(
      decisions(isUpdate: false, .status(503), retryAfter: .seconds(3)).first
        == .again(after: .seconds(3)))
  }

  @Test(arguments: [200, 301, 400, 403, 404, 409, 422, 429, 500, 501])
  func `other answers are final`(status: Int) {
    for isUpdate in [true, false] {
      #expect(decisions(isUpdate: isUpdate, .status(status)).first == .giveUp)
    }
  }

  @Test(arguments: TransportFault.Kind.allCases, [true, false])
  func `an update goes again once, and only if nothing of it had left`(
    kind: TransportFault.Kind, wasSent: Bool
  ) {
    let cause = RetryPolicy.Cause.transport(TransportFault(kind, mayHaveBeenSent: wasSent))
    let isConnection = [.resolve, .connect, .interrupted].contains(kind)
    let again = decisions(isUpdate: true, cause).filter { $0 != .giveUp }
    #expect(again.count == (isConnection && !wasSent ? 1 : 0))
    let readAgain = decisions(isUpdate: false, cause).filter { $0 != .giveUp }
    #expect(readAgain.count == (isConnection ? 2 : 0))
  }

  @Test func `a rejected token is replaced once, at once`() {
    for isUpdate in [true, false] {
      var policy = RetryPolicy(isUpdate: isUpdate, readRetries: 2)
      let first = policy.decide(
        after: .tokenRejected(generation: 4), retryAfter: nil, chance: 0.5)
      #expect(first == .again(after: .zero))
      #expect(policy.rejectedGeneration == 4)
      let second = policy.decide(
        after: .tokenRejected(generation: 5), retryAfter: nil, chance: 0.5)
      #expect(second == .giveUp)
    }
  }
}
