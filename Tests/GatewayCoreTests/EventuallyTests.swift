import GatewayCore
import TestSupport
import Testing

/// Goal: what tests wait with does wait.
/// Method: conditions and values that come only at the third look.
@Suite struct EventuallyTests {
  @Test func `a condition is waited for, also where nobody cares whether it came`() async throws {
    let looks = Locked(0)
    _ = try? await eventually("third look") {
      let count = looks.withLock { looks in
        looks += 1
        return looks
      }
      return count == 3
    }
    #expect(looks.withLock { $0 } == 3)
  }

  @Test func `a value is waited for`() async throws {
    let looks = Locked(0)
    let value = try await eventualValue("third look") {
      let count = looks.withLock { looks in
        looks += 1
        return looks
      }
      return count == 3 ? "here" : nil
    }
    #expect(value == "here")
  }

  @Test func `what does not come is named`() async {
    let fault = await #expect(throws: NeverHappened.self) {
      try await eventually("miracle", within: .zero) { false }
    }
    #expect(fault?.description == "no miracle")
  }
}
