public import GatewayCore
internal import HeatPumps

/// What is one gateway's among all that live: each user's polls are one gateway's, and budgets are
/// divided equally.
///
/// Whose a user is, all find out alike: the gateway with the highest hash of both ids (*rendezvous
/// hashing*). When one goes, just its users go to others; when one comes, it takes an equal part of
/// everybody's.
public struct ClusterShare: Sendable, Equatable {
  private let me: ResourceID
  private let others: [ResourceID]

  /// For a gateway among all that live; itself need not be named.
  public init(of me: ResourceID, among members: [ResourceID]) {
    self.me = me
    others = members.filter { $0 != me }
  }

  /// All of it, for a gateway that is alone.
  public static let whole = ClusterShare(of: ResourceID(high: 0, low: 0), among: [])

  /// How many share.
  public var count: Int { others.count + 1 }

  /// Whether something is this gateway's.
  public func contains(_ id: ResourceID) -> Bool {
    let own = Self.rank(id, me)
    return others.allSatisfy { other in
      let rank = Self.rank(id, other)
      return rank == own ? other < me : rank < own
    }
  }

  private static func rank(_ id: ResourceID, _ member: ResourceID) -> UInt64 {
    stableHash([id.high, id.low, member.high, member.low])
  }
}
