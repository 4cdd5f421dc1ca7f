import Configuration
import GatewayCore
import HeatPumpService
import Logging
import Storage

/// Takes up what an earlier process, or another gateway, has left in the storage.
struct Recovery: Sendable {
  let state: GatewayState
  let cacheBytes: Int
  let logger: Logger

  private static let interval = Duration.seconds(1)

  init(_ state: GatewayState, _ configuration: GatewayConfiguration, _ logger: Logger) {
    self.state = state
    cacheBytes = configuration.cache.bytes
    self.logger = logger
  }

  /// Does it before anything is served.
  ///
  /// - Returns: whether that was possible. A file has to be there, a server may come later.
  /// - Throws: ``GatewayApplication/StartFault``.
  func run() async throws(GatewayApplication.StartFault) -> Bool {
    do {
      try await takeUp()
      return true
    } catch {
      if state.storage is any SharedStorage, case .unavailable = error {
        logger.error("the storage is away; starting without it", metadata: ["fault": "\(error)"])
        return false
      }
      throw GatewayApplication.StartFault(description: "storage: \(error)")
    }
  }

  /// Does it as soon as the storage is there, or until the task is cancelled.
  func runLater() async {
    while !Task.isCancelled {
      do {
        try await state.clock.sleep(for: Self.interval)
        return try await takeUp()
      } catch {
        continue
      }
    }
  }

  private func takeUp() async throws(StorageFault) {
    for organisation in state.organisations {
      try await organisation.service.recover(bytes: cacheBytes / 2 / state.organisations.count)
    }
  }
}
