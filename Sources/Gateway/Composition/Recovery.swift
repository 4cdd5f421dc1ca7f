import Configuration
import GatewayCore
import HeatPumpService
import Logging
import Storage

/// Takes up what an earlier process, or another gateway, has left in the storage.
struct Recovery: Sendable {
  let state: GatewayState
  let cluster: ClusterLink?
  let cacheBytes: Int
  let logger: Logger

  private static let interval = Duration.seconds(1)

  init(
    _ state: GatewayState, _ cluster: ClusterLink?, _ configuration: GatewayConfiguration,
    _ logger: Logger
  ) {
    self.state = state
    self.cluster = cluster
    cacheBytes = configuration.cache.bytes
    self.logger = logger
  }

  /// Does it before anything is served.
  ///
  /// - Returns: whether that was possible. A file has to be there, a server may come later.
  /// - Throws: ``GatewayApplication/StartFault``.
  func run() async throws(GatewayApplication.StartFault) -> Bool {
    let isAllowed: Bool
    do {
      isAllowed = try await takeUp()
    } catch {
      if state.storage is any SharedStorage, case .unavailable = error {
        logger.error("the storage is away; starting without it", metadata: ["fault": "\(error)"])
        return false
      }
      throw GatewayApplication.StartFault(description: "storage: \(error)")
    }
    guard isAllowed else { throw GatewayApplication.StartFault(description: Self.otherKey) }
    return true
  }

  private static let otherKey = """
    storage.encryption_key is another one than that of the gateways that use this database: give \
    all of them the same
    """

  /// Does it as soon as the storage is there, or until the task is cancelled.
  func runLater() async {
    while !Task.isCancelled {
      do {
        try await state.clock.sleep(for: Self.interval)
        guard try await takeUp() else {
          state.hasOtherKey.withLock { $0 = true }
          return logger.critical("\(Self.otherKey)")
        }
        return
      } catch {
        continue
      }
    }
  }

  // Gives whether this gateway may use the storage.
  private func takeUp() async throws(StorageFault) -> Bool {
    if let cluster, try await !cluster.begin() { return false }
    for organisation in state.organisations {
      try await organisation.service.recover(bytes: cacheBytes / 2 / state.organisations.count)
    }
    return true
  }
}
