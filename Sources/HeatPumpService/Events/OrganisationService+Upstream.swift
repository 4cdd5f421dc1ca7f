internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
internal import Storage

extension OrganisationService {
  /// Tells listeners when the upstream has been in trouble for a while, and when that is over. Ends
  /// when the task is cancelled.
  public func watchUpstream() async {
    var tide: UpstreamTide?
    var version: Int64 = 0
    var isFailing = false
    while !Task.isCancelled {
      do throws(StorageFault) {
        if tide == nil { (tide, version) = try await storedTide() }
        if let health = tide?.note(upstreamHealth, at: clock.monotonic), let told = tide?.told {
          try await tell(health, after: told, replaces: version)
          tide?.tell(health)
          version += 1
        }
        isFailing = false
      } catch .outdated {
        // Another gateway has told it, or the opposite.
        tide = nil
      } catch {
        if !isFailing {
          logger.warning(
            "the upstream's state could not be told", metadata: ["fault": "\(error)"])
        }
        isFailing = true
      }
      guard (try? await clock.sleep(for: Self.tideInterval)) != nil else { return }
    }
  }

  private static var tideInterval: Duration { .seconds(5) }

  private var upstreamMark: HeatPumpReference {
    ServiceMark.upstream.reference(settings.name)
  }

  private func storedTide() async throws(StorageFault) -> (UpstreamTide, Int64) {
    guard let row = try await storage.detector(of: upstreamMark) else {
      return (UpstreamTide(), 0)
    }
    let told = UpstreamHealth(rawValue: String(decoding: row.state, as: UTF8.self))
    return (UpstreamTide(told: told ?? .ok), row.version)
  }

  // One failed call is none: the next one may succeed, and there may be none for hours.
  private var upstreamHealth: UpstreamHealth {
    let status = client.status
    switch status.health {
    case .ok: return .ok
    case .down: return .down
    case .degraded:
      let isOneFailure = status.breaker.failures == 1 && status.budget.closedFor == nil
      return isOneFailure ? .ok : .degraded
    }
  }

  private func tell(
    _ health: UpstreamHealth, after told: UpstreamHealth, replaces version: Int64
  ) async throws(StorageFault) {
    let now = clock.wall
    let event = HeatPumpEvent(
      id: random.timeOrderedID(at: now),
      type: health == .ok ? .upstreamRecovered : .upstreamDegraded, timestamp: now,
      organisation: settings.name,
      changes: [
        FieldChange(
          pointer: "/freshness/upstream", from: .string(told.rawValue),
          to: .string(health.rawValue))
      ])
    _ = try await journal.append(
      EventBatch(
        events: [NewEvent(event)],
        detectors: [
          DetectorChange(
            heatPump: upstreamMark, state: Array(health.rawValue.utf8), replaces: version)
        ]))
    desk.count([event.type.rawValue])
    logger.notice(
      health == .ok ? "the upstream has recovered" : "the upstream is in trouble",
      metadata: ["health": "\(health.rawValue)"])
  }
}
