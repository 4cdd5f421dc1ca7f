import GatewayCore
import Storage
import Testing

@testable import HeatPumpService

/// Goal: a lane counts as empty only where nobody can have stored anything in it meanwhile.
/// Method: rights with the numbers that a storage would give.
@Suite struct EmptyLanesTests {
  private let lanes = EmptyLanes()

  @Test func `the first right ever is to an empty lane`() {
    #expect(lanes.leavesEmpty(before: lease(1)))
  }

  @Test func `a lane that was given back is empty for the very next right, once`() {
    lanes.note(lease(4))
    #expect(lanes.leavesEmpty(before: lease(5)))
    #expect(!lanes.leavesEmpty(before: lease(5)))
  }

  @Test func `another gateway's right in between makes it unknown`() {
    lanes.note(lease(4))
    #expect(!lanes.leavesEmpty(before: lease(6)))
  }

  @Test func `so does a right of which nobody knows what was before it`() {
    #expect(!lanes.leavesEmpty(before: lease(2)))
    lanes.note(lease(4, of: 2))
    #expect(!lanes.leavesEmpty(before: lease(5)))
  }

  @Test func `a late word of an older right changes nothing`() {
    lanes.note(lease(4))
    lanes.note(lease(3))
    #expect(lanes.lastFence(of: lease(4).heatPump.id) == 4)
    #expect(lanes.leavesEmpty(before: lease(5)))
    #expect(lanes.lastFence(of: lease(4).heatPump.id) == nil)
  }

  private func lease(_ fence: Int64, of heatPump: UInt64 = 1) -> LaneLease {
    LaneLease(
      heatPump: HeatPumpReference(
        organisation: "acme", user: ResourceID(high: 0, low: 0),
        id: ResourceID(high: 1, low: heatPump)), fence: fence,
      until: Timestamp(microseconds: 0))
  }
}
