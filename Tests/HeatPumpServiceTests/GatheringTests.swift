import GatewayCore
import Storage
import Testing

@testable import HeatPumpService

/// Goal: events that come in a burst become one update, and nobody else waits for them.
/// Method: made-up queues, and the moment at which their first operations are due.
@Suite struct GatheringTests {
  private let start = Timestamp(microseconds: 0)

  @Test func `an event waits for others`() {
    #expect(due([event(at: 0)], at: 0) == 2)
  }

  @Test func `each further event prolongs the wait`() {
    #expect(due([event(at: 0), event(at: 1), event(at: 3)], at: 3) == 5)
  }

  @Test func `events that do not stop coming wait for ten seconds`() {
    #expect(due((0...20).map { event(at: $0) }, at: 9) == 10)
  }

  @Test func `an event that is soon too late is not gathered to its end`() {
    #expect(due([event(at: 0), event(at: 1, notBefore: 2, expires: 3), event(at: 2)], at: 2) == 2)
    #expect(due([event(at: 0, notBefore: 9, expires: 20), event(at: 9)], at: 9) == 10)
  }

  @Test func `an app's write takes earlier events along at once`() {
    #expect(due([event(at: 0), write(at: 1)], at: 1) == 1)
  }

  @Test func `a write of an app that waits for its next try does not`() {
    #expect(due([event(at: 0), write(at: 0, notBefore: 60)], at: 1) == 10)
  }

  @Test func `an event that was tried in vain keeps its next try`() {
    #expect(due([event(at: 0, notBefore: 30), event(at: 1)], at: 1) == 30)
  }

  @Test func `a conditional write is not gathered but not kept waiting either`() {
    #expect(due([event(at: 0), write(at: 1, precondition: [7])], at: 1) == 1)
  }

  @Test func `tries in vain become rarer with time, and never rarer than every ten minutes`() {
    #expect(LaneWorker.retryPause(age: .zero, chance: 0.9) == .seconds(1))
    #expect(LaneWorker.retryPause(age: .seconds(100), chance: 0.5) == .seconds(50))
    #expect(LaneWorker.retryPause(age: .seconds(86400), chance: 1) == .seconds(600))
  }

  private func due(_ open: [StoredOperation], at seconds: Int) -> Int {
    Int((LaneBatch.due(open, at: start + .seconds(seconds)) - start).components.seconds)
  }

  private func event(
    at seconds: Int, notBefore: Int? = nil, expires: Int = 600
  ) -> StoredOperation {
    operation(.hook, at: seconds, notBefore: notBefore ?? seconds + 2, expires: expires)
  }

  private func write(
    at seconds: Int, notBefore: Int? = nil, precondition: [UInt64]? = nil
  ) -> StoredOperation {
    operation(.app, at: seconds, notBefore: notBefore ?? seconds, precondition: precondition)
  }

  private func operation(
    _ kind: OperationOrigin.Kind, at seconds: Int, notBefore: Int, expires: Int = 600,
    precondition: [UInt64]? = nil
  ) -> StoredOperation {
    let accepted = start + .seconds(seconds)
    let request = NewOperation(
      id: ResourceID(high: 5, low: UInt64(seconds)),
      heatPump: HeatPumpReference(organisation: "north", user: cellar.user, id: cellar.id),
      origin: OperationOrigin(kind: kind, name: "tests", occasion: "test"), patch: [],
      precondition: precondition, acceptedAt: accepted, expiresAt: start + .seconds(expires),
      retries: true, notBefore: start + .seconds(notBefore))
    return StoredOperation(accepting: request, sequence: Int64(seconds + 1))
  }
}
