import GatewayCore

/// Which known member came behind which in the last answer: a guess at the next one.
///
/// The upstream's program writes its members in the same order each time, so that nearly every name
/// need only be compared with the one that is expected. A wrong guess costs time and nothing else.
struct AnswerOrder: Sendable {
  // By the slot of the member before, and behind those by container for its first member.
  private var followers: [UInt8]
  private let slotCount: Int
  private(set) var isChanged = false

  /// The order of the answers so far, for all that are to come.
  static let learnt = Locked(AnswerOrder(.shared))

  private static let none = UInt8.max

  /// Creates an order of which nothing is known.
  init(_ index: AnswerIndex) {
    slotCount = index.slotPaths.count
    followers = [UInt8](repeating: Self.none, count: slotCount + index.slotsBelow.count)
  }

  /// The place before a container's first member.
  @inline(__always)
  func start(of container: Int) -> Int { slotCount &+ container }

  /// The slot of the member that is expected behind a place; `nil` if nothing is known.
  @inline(__always)
  func follower(of place: Int) -> Int? {
    let slot = followers[place]
    return slot == Self.none ? nil : Int(slot)
  }

  /// Expects a member behind a place from now on.
  mutating func learn(_ slot: Int, behind place: Int) {
    followers[place] = UInt8(slot)
    isChanged = true
  }

  /// Gives on what has been learnt.
  func keep() {
    guard isChanged else { return }
    var order = self
    order.isChanged = false
    Self.learnt.withLock { $0 = order }
  }
}
