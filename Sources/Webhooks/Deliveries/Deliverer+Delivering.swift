internal import Credentials
internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import Storage

extension Deliverer {
  /// What one delivery has come to.
  private struct End {
    var conclusion: DeliveryConclusion
    /// Whether the receiver failed; `nil` if it was not asked.
    var fails: Bool?
    var quietUntil: Timestamp?
  }

  /// Carries out a delivery and stores what became of it.
  func deliver(_ claimed: ClaimedDelivery) async {
    let id = claimed.subscription.id
    let end = await carryOut(claimed)
    await store(until: claimed.lease.until) { [storage, clock] () throws(StorageFault) in
      try await storage.conclude(end.conclusion, at: clock.wall)
    }
    if case .ends = end.conclusion.news { beingEnded.withLock { _ = $0.remove(id) } }
    places.withLock { $0.end(id, fails: end.fails, quietUntil: end.quietUntil) }
    bell.ring()
  }

  private func carryOut(_ claimed: ClaimedDelivery) async -> End {
    let subscription = claimed.subscription
    guard let audience = audience(subscription.organisation, subscription.app) else {
      return end(claimed, .cancelled)
    }
    let event: HeatPumpEvent
    do throws(EventFault) {
      event = try HeatPumpEvent(
        stored: claimed.event.event.body, sequence: Int(claimed.event.sequence))
    } catch {
      logger.error(
        "a stored event cannot be read",
        metadata: ["event_id": "\(claimed.delivery.eventID)", "fault": "\(error)"])
      let attempt = DeliveryAttempt(
        at: clock.wall, status: nil, fault: "\(error)", durationMilliseconds: 0)
      return end(claimed, .failed, attempt)
    }
    guard
      let message = DeliveryMessage(
        event, for: audience, isCloudEvents: subscription.terms.isCloudEvents)
    else { return end(claimed, .cancelled) }
    guard let result = await sender.attempt(message, to: subscription) else {
      return end(claimed, .retry(at: clock.wall))
    }
    if let fault = result.sealFault {
      logger.error(
        "a subscription's secret cannot be opened",
        metadata: ["subscription_id": "\(subscription.id)", "fault": "\(fault)"])
    }
    return await judge(claimed, result)
  }

  private func end(
    _ claimed: ClaimedDelivery, _ outcome: DeliveryConclusion.Outcome,
    _ attempt: DeliveryAttempt? = nil
  ) -> End {
    End(
      conclusion: DeliveryConclusion(lease: claimed.lease, outcome: outcome, attempt: attempt))
  }

  private func judge(_ claimed: ClaimedDelivery, _ result: DeliverySender.Result) async -> End {
    let verdict = result.verdict
    var end = end(claimed, .delivered, result.attempt)
    end.fails = verdict.outcome != .delivered
    switch verdict.outcome {
    case .delivered:
      end.conclusion.news = .works
      metrics.countDelivery(after: clock.wall - claimed.event.event.at)
    case .gone:
      if let news = await ending(claimed, "its receiver answered 410 Gone") {
        end.conclusion.outcome = .failed
        end.conclusion.news = news
      } else {
        // That was the word of an address that it has no more, or its end cannot be told yet.
        retry(claimed, verdict, &end)
      }
    default:
      retry(claimed, verdict, &end)
      end.conclusion.news = await failure(claimed, result.attempt)
    }
    log(claimed, end.conclusion, verdict)
    return end
  }

  private func retry(_ claimed: ClaimedDelivery, _ verdict: DeliveryVerdict, _ end: inout End) {
    let now = clock.wall
    let pause = settings.schedule.pause(
      afterTries: claimed.delivery.tries + 1, elapsed: now - claimed.delivery.queuedAt,
      retryAfter: verdict.retryAfter, chance: random.fraction())
    end.conclusion.outcome = pause.map { .retry(at: now + $0) } ?? .failed
    end.quietUntil = verdict.retryAfter.map { now + settings.schedule.asked($0) }
  }

  /// What a failure says about the subscription.
  private func failure(
    _ claimed: ClaimedDelivery, _ attempt: DeliveryAttempt
  ) async -> SubscriptionNews {
    let subscription = claimed.subscription
    let finding = settings.watch.judge(
      since: subscription.failingSince ?? attempt.at,
      warnedAtPercent: subscription.warnedAtPercent, tries: claimed.delivery.tries + 1,
      now: clock.wall)
    var news = SubscriptionNews.fails(
      since: attempt.at, warnedAtPercent: subscription.warnedAtPercent)
    switch finding {
    case .quiet: break
    case .warning(let percent):
      news = .fails(since: attempt.at, warnedAtPercent: percent)
      metrics.countWarning()
      logger.warning(
        "a subscription keeps failing",
        metadata: described(subscription).merging([
          "failing_since": "\(subscription.failingSince ?? attempt.at)",
          "percent": "\(percent)",
        ]) { first, _ in first })
    case .over:
      let words = "nothing could be delivered since \(subscription.failingSince ?? attempt.at)"
      news = await ending(claimed, "\(words): \(attempt.fault ?? "it failed")") ?? news
    }
    return news
  }

  /// Gives a subscription up, unless it is not what it was when the delivery was claimed: it has
  /// another address, or another delivery has succeeded meanwhile.
  ///
  /// The event about it is stored first, so that a crash in between tells it twice rather than
  /// never. While that cannot be stored, the subscription goes on.
  private func ending(_ claimed: ClaimedDelivery, _ reason: String) async -> SubscriptionNews? {
    let subscription = claimed.subscription
    guard beingEnded.withLock({ $0.insert(subscription.id).inserted }) else { return nil }
    guard let current = try? await storage.subscription(subscription.id),
      current.version == subscription.version, current.terms.state == .active,
      subscription.failingSince == nil || current.failingSince != nil
    else {
      beingEnded.withLock { _ = $0.remove(subscription.id) }
      return nil
    }
    let now = clock.wall
    let event = HeatPumpEvent(
      id: random.timeOrderedID(at: now), type: .subscriptionDisabled, timestamp: now,
      organisation: subscription.organisation,
      subscription: EventSubscription(id: subscription.id, app: subscription.app))
    let new = NewEvent(
      id: event.id, organisation: event.organisation, heatPump: nil, type: event.type.rawValue,
      at: now, isPersonal: false, body: event.stored)
    let isTold = await store(until: claimed.lease.until) { [journal] () throws(StorageFault) in
      _ = try await journal.append(EventBatch(events: [new]))
    }
    guard isTold else {
      beingEnded.withLock { _ = $0.remove(subscription.id) }
      return nil
    }
    metrics.countDisabling()
    logger.error(
      "a subscription was given up",
      metadata: described(subscription).merging(["reason": "\(reason)"]) { first, _ in first })
    return .ends(reason: reason)
  }

  /// Stores something, and tries again while the storage fails and the lease lasts. What could not
  /// be stored then is as if it had not happened: the delivery is made again.
  ///
  /// - Returns: whether it is stored.
  @discardableResult
  private func store(
    until end: Timestamp, _ work: @Sendable () async throws(StorageFault) -> Void
  ) async -> Bool {
    while true {
      do throws(StorageFault) {
        try await work()
        return true
      } catch .leaseLost {
        logger.debug("a delivery was taken over, or its subscription is gone")
        return false
      } catch {
        guard clock.wall < end, !Task.isCancelled else {
          logger.warning("a delivery could not be recorded", metadata: ["fault": "\(error)"])
          return false
        }
        try? await clock.sleep(for: DelivererSettings.storagePause)
      }
    }
  }

  private func log(
    _ claimed: ClaimedDelivery, _ conclusion: DeliveryConclusion, _ verdict: DeliveryVerdict
  ) {
    let isDelivered = verdict.outcome == .delivered
    logger.log(
      level: isDelivered ? .debug : .info, isDelivered ? "event delivered" : "delivery failed",
      metadata: described(claimed.subscription).merging([
        "delivery_id": "\(claimed.delivery.id)", "event_id": "\(claimed.delivery.eventID)",
        "outcome": "\(verdict.outcome.rawValue)", "tries": "\(claimed.delivery.tries + 1)",
        "status": "\(verdict.status.map(String.init) ?? "none")",
        "then": "\(conclusion.outcome.state.rawValue)",
      ]) { first, _ in first })
  }

  private func described(_ subscription: StoredSubscription) -> Logger.Metadata {
    [
      "subscription_id": "\(subscription.id)", "app": "\(subscription.app)",
      "organisation": "\(subscription.organisation)",
    ]
  }
}
