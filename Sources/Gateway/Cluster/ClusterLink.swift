import Credentials
import GatewayCore
import HeatPumpService
import Logging
import Storage

/// What this gateway does as one of several that share a storage: it says that it lives, goes by
/// its share of what is to be done, and hears what the others do.
final class ClusterLink: Sendable {
  private let seat: ClusterSeat
  private let state: GatewayState
  // Reckons anew who listens to what.
  private let interests: InterestBoard
  // Longer than a gateway that was cut off may still wait for the upstream's answer.
  private let deadAfter: Duration
  private let logger: Logger
  private let bell = Bell()
  private let known = Locked<[ResourceID]>([])

  private static let interval = Duration.seconds(2)
  // Three beats that did not come.
  private static let silentAfter = Duration.seconds(6)
  /// Leases go by the gateways' clocks.
  private static let allowedOffset = Duration.seconds(1)

  init(
    _ seat: ClusterSeat, _ state: GatewayState, interests: InterestBoard, deadAfter: Duration,
    logger: Logger
  ) {
    self.seat = seat
    self.state = state
    self.interests = interests
    self.deadAfter = deadAfter
    self.logger = logger
  }

  /// Takes the seat, before anything is served.
  ///
  /// - Returns: whether it may: whether it has the others' key.
  /// - Throws: ``StorageFault``.
  func begin() async throws(StorageFault) -> Bool {
    guard try await seat.hasSameKey() else { return false }
    try await meet()
    return true
  }

  /// Says so again and again, and in the end that it goes. Ends when the task is cancelled.
  func run() async {
    await seat.storage.follow { [weak self] in self?.hear($0) }
    while !Task.isCancelled {
      // Whoever needs the storage says what is wrong with it.
      try? await meet()
      await bell.wait(until: state.clock.monotonic + Self.interval, clock: state.clock)
    }
    try? await seat.storage.leave(seat.member)
  }

  private func meet() async throws(StorageFault) {
    let members = try await seat.storage.meet(
      seat.member, silentAfter: Self.silentAfter, deadAfter: deadAfter)
    warn(members.compactMap(\.clockOffset).first)
    let present = members.map(\.id)
    let former = known.withLock { known in
      defer { known = present }
      return known
    }
    guard present != former else { return }
    logger.notice("gateways that share the storage", metadata: ["count": "\(present.count)"])
    let share = ClusterShare(of: seat.member, among: present)
    seat.share.withLock { $0 = share }
    for organisation in state.organisations { organisation.service.take(share) }
    interests.note()
    guard !Set(former).isSubset(of: present) else { return }
    // What the one that went was seeing through, the others do; its deliveries are due again.
    state.journal.announce()
    for organisation in state.organisations { try await organisation.service.takeOver() }
  }

  private func hear(_ news: SharedNews) {
    logger.trace("news of another gateway", metadata: ["news": "\(news)"])
    let organisations = state.organisations
    for organisation in organisations { organisation.service.hear(news) }
    switch news {
    case .events: state.journal.announce()
    case .token: for organisation in organisations { organisation.broker.lookAgain() }
    case .listening: interests.note()
    case .members: bell.ring()
    case .missed:
      state.journal.announce()
      for organisation in organisations { organisation.broker.lookAgain() }
      interests.note()
      bell.ring()
    case .queued, .writing, .written, .ended: break
    }
  }

  private func warn(_ offset: Duration?) {
    guard let offset, offset > Self.allowedOffset || offset < .zero - Self.allowedOffset else {
      return
    }
    logger.warning(
      "this machine's clock and the database's differ",
      metadata: ["seconds": "\(offset.seconds)"])
  }
}
