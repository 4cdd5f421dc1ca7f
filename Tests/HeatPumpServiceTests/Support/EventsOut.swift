import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// The event log as the change desk of a fixture fills it.
extension OrganisationFixture {
  /// Runs one of the service's endless tasks around `body`, which begins once that task rests.
  func running(
    _ work: @escaping @Sendable (OrganisationService) async -> Void,
    during body: () async throws -> Void
  ) async throws {
    let task = Task { await work(service) }
    await clock.waitForSleepers(1)
    do {
      try await body()
    } catch {
      task.cancel()
      throw error
    }
    task.cancel()
    await task.value
  }

  /// Runs the change desk for as long as `body` takes.
  func detecting(_ body: () async throws -> Void) async throws {
    let task = Task { await service.detectChanges() }
    do {
      try await body()
    } catch {
      task.cancel()
      throw error
    }
    await deskIsIdle()
    task.cancel()
    await task.value
  }

  /// Waits until the change desk has done all that was put down.
  func deskIsIdle() async {
    await turnsTrue("the desk is idle") { service.desk.isIdle }
  }

  /// All events so far, once the change desk has done its work.
  func events() async throws -> [HeatPumpEvent] {
    await deskIsIdle()
    return try await loggedEvents()
  }

  /// All events that are stored.
  func loggedEvents() async throws -> [HeatPumpEvent] {
    try await storage.loggedEvents(of: "north", after: 0, .everything, limit: 1000).map {
      try HeatPumpEvent(stored: $0.event.body, sequence: Int($0.sequence))
    }
  }

  /// The row of a heat pump's detector.
  func detector(_ address: HeatPumpAddress = cellar) async throws -> DetectorState? {
    try await storage.detector(of: service.reference(address))
  }

  /// Asks the upstream for a user's list, whatever the memory holds.
  func poll(_ user: ResourceID = jana) async throws {
    _ = try await service.fetchList(user, context).get()
  }

  /// The device shows what it was told, as of now.
  func observeDevice(_ address: HeatPumpAddress = cellar) {
    upstream.change(
      address.id, ["current_state_last_updated_at": .string(clock.wall.description)])
  }
}

/// What an event says, in one line: type, cause and changed pointers.
func line(_ event: HeatPumpEvent) -> String {
  ([event.type.rawValue, event.cause?.rawValue ?? "-"] + event.changes.map(\.pointer))
    .joined(separator: " ")
}
