import GatewayCore
import HeatPumps
import Testing

@testable import HeatPumpService

/// Goal: of all gateways just one polls a user, all find out alike which, and as few users as
/// possible go to another gateway when one comes or goes.
@Suite struct ClusterShareTests {
  private let users = (1...3000).map { ResourceID(high: 1, low: $0) }
  private func gateway(_ number: UInt64) -> ResourceID { ResourceID(high: 9, low: number) }

  private func owners(of members: [ResourceID]) -> [[ResourceID]] {
    members.map { member in
      let share = ClusterShare(of: member, among: members.shuffled())
      return users.filter { share.contains($0) }
    }
  }

  @Test func `every user is one gateway's, and each has about as many`() {
    let owned = owners(of: [gateway(1), gateway(2), gateway(3)])
    #expect(owned.joined().sorted() == users)
    for list in owned { #expect((850...1150).contains(list.count), "\(list.count)") }
  }

  @Test func `when one goes, just its users move`() {
    let three = owners(of: [gateway(1), gateway(2), gateway(3)])
    let two = owners(of: [gateway(1), gateway(2)])
    for (before, after) in zip(three, two) { #expect(Set(before).isSubset(of: after)) }
    #expect(two.joined().count == users.count)
  }

  @Test func `alone, all is its own, whether it is named or not`() {
    for share in [
      ClusterShare.whole, ClusterShare(of: gateway(1), among: []),
      ClusterShare(of: gateway(1), among: [gateway(1)]),
    ] {
      #expect(share.count == 1 && users.allSatisfy { share.contains($0) })
    }
  }

  @Test func `a board polls its share, and takes over what another has left`() {
    let clock = MonotonicInstant(nanoseconds: 0)
    let board = PollBoard(
      PollSettings(interval: .seconds(60)), pollsAtOnce: 8, now: clock,
      wall: Timestamp(microseconds: 0))
    let half = ClusterShare(of: gateway(1), among: [gateway(1), gateway(2)])
    board.take(half, at: clock)
    board.setWanted(Set(users), at: clock)
    let own = users.filter { half.contains($0) }
    #expect(board.figures.users == own.count)
    #expect(users.allSatisfy { board.contains($0) })
    #expect(users.allSatisfy { board.isServedElsewhere($0) != half.contains($0) })
    // Who writes sees it through itself.
    let other = users.first { !half.contains($0) } ?? own[0]
    board.wrote(to: other, at: clock)
    #expect(board.figures.users == own.count + 1)
    board.take(ClusterShare(of: gateway(1), among: [gateway(1)]), at: clock)
    #expect(board.figures.users == users.count)
    board.take(half, at: clock)
    #expect(board.figures.users == own.count + 1)
    let later = clock + .seconds(60)
    _ = board.settle(pending: [], at: later)
    #expect(board.figures.users == own.count)
  }
}
