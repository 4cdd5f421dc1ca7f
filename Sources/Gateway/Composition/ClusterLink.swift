import GatewayCore
import Logging
import Storage

/// What this gateway does as one of several that share a storage: it says that it lives, and takes
/// the lanes of those that do not.
struct ClusterLink: Sendable {
  let storage: any SharedStorage
  let instanceID: ResourceID
  /// Longer than a gateway that was cut off may still wait for the upstream's answer.
  let deadAfter: Duration
  let clock: any GatewayClock
  let logger: Logger

  private static let interval = Duration.seconds(2)
  /// Leases go by the gateways' clocks.
  private static let allowedOffset = Duration.seconds(1)

  /// Says so again and again, and in the end that it goes. Ends when the task is cancelled.
  func run() async {
    var known: Set<ResourceID> = []
    while !Task.isCancelled {
      if let members = try? await storage.meet(instanceID, deadAfter: deadAfter) {
        let present = Set(members.map(\.id))
        if present != known {
          logger.notice("gateways that share the storage", metadata: ["count": "\(present.count)"])
        }
        known = present
        warn(members.compactMap(\.clockOffset).first)
      }
      do {
        try await clock.sleep(for: Self.interval)
      } catch {
        break
      }
    }
    try? await storage.leave(instanceID)
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
