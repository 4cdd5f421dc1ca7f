internal import Credentials
public import GatewayCore
internal import HeatPumps
public import Logging
public import Storage

/// Brings events to those who have subscribed to them, at least once each.
///
/// What waits is in the storage; this takes it from there when it is due, and stores what became of
/// it. After a crash, or a stop that could not wait, the same delivery is made again with the same
/// `webhook-id`.
///
/// Every attempt runs by itself, and ``DeliveryPlaces`` says how many may: a receiver that is slow
/// or hangs keeps its own events waiting and nobody else's.
public final class Deliverer: Sendable {
  /// What an app may be told at present; `nil` if there is no such app.
  public typealias Audience =
    @Sendable (_ organisation: String, _ app: String) -> EventAudience?

  /// Counts since the start.
  public let metrics: DeliveryMetrics
  /// How deliveries are made that begin now.
  public var settings: DelivererSettings { configured.withLock { $0 } }

  private let configured: Locked<DelivererSettings>
  let sender: DeliverySender
  let storage: any Storage
  let journal: EventJournal
  let audience: Audience
  let clock: any GatewayClock
  let random: any RandomSource
  let logger: Logger
  let bell = Bell()
  let places: Locked<DeliveryPlaces>
  // Subscriptions that are being given up at this moment, so that it is told once.
  let beingEnded = Locked<Set<ResourceID>>([])
  private let instanceID: ResourceID
  private let state = Locked(State())

  private struct State: Sendable {
    var isRunning = false
    var isStopping = false
    var storageFails = false
    var idle: Waiter<Void>?
  }

  /// Creates a deliverer; ``run()`` lets it work.
  ///
  /// - Parameters:
  ///   - audience: asked at each attempt, so that a right that was lost counts at once.
  ///   - instanceID: this process, among all that share the storage.
  ///   - random: must be cryptographically secure.
  public init(
    settings: DelivererSettings, transport: any UpstreamTransport, storage: any Storage,
    journal: EventJournal, secrets: SubscriptionSecrets, audience: @escaping Audience,
    instanceID: ResourceID, clock: any GatewayClock, random: any RandomSource, logger: Logger
  ) {
    let configured = Locked(settings)
    self.configured = configured
    self.storage = storage
    self.journal = journal
    self.audience = audience
    self.clock = clock
    self.random = random
    self.logger = logger
    metrics = DeliveryMetrics()
    sender = DeliverySender(
      settings: { configured.withLock { $0 } }, transport: transport, secrets: secrets,
      clock: clock, metrics: metrics)
    places = Locked(
      DeliveryPlaces(limit: settings.places, perSubscription: settings.placesPerSubscription))
    self.instanceID = instanceID
  }

  /// Goes by another timeout and other targets from the next attempt on.
  public func reconfigure(timeout: Duration, targets: TargetPolicy) {
    configured.withLock { settings in
      settings.timeout = timeout
      settings.targets = targets
    }
    bell.ring()
  }

  /// Delivers until the task is cancelled or ``drain(grace:)`` is called; returns when no attempt
  /// is under way any more. Cancelled attempts are given back.
  public func run() async {
    let ticket = journal.follow(nil) { [bell] in bell.ring() }
    state.withLock { $0.isRunning = true }
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled, !isStopping {
        let (claimed, next) = await turn()
        for delivery in claimed { group.addTask { await self.deliver(delivery) } }
        if let next { await bell.wait(until: next, clock: clock) }
      }
    }
    journal.unfollow(ticket)
    let idle = state.withLock { state in
      state.isRunning = false
      return state.idle
    }
    idle?.resume(())
  }

  /// Takes no more deliveries and waits for the attempts under way, no longer than `grace`. Cancel
  /// the task of ``run()`` afterwards.
  public func drain(grace: Duration) async {
    let waiter = Waiter<Void>()
    let isRunning = state.withLock { state in
      state.isStopping = true
      state.idle = waiter
      return state.isRunning
    }
    bell.ring()
    if isRunning { try? await waiter.value(until: clock.monotonic + grace, clock: clock) }
  }

  /// Looks at once at what is due: something was queued other than by an event.
  public func wake() { bell.ring() }

  /// Takes note that a subscription has changed: what was known of its receiver counts no more.
  public func note(changeOf subscription: ResourceID) {
    places.withLock { $0.reset(subscription) }
    bell.ring()
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Takes what is due and has a place.
  ///
  /// - Returns: when to look again if nobody rings; `nil` for at once.
  private func turn() async -> (claimed: [ClaimedDelivery], next: MonotonicInstant?) {
    let now = clock.wall
    let (request, quietEnd) = request(at: now)
    var next = min(quietEnd ?? .distantFuture, now + DelivererSettings.longestPause)
    if request.limit > 0 {
      do throws(StorageFault) {
        let due = try await storage.nextDelivery(excluding: request.excluding)
        tell(nil)
        if let due, due <= now {
          let claimed = try await claim(request)
          // Nothing, although something was due: another gateway was faster, or those that fail
          // have all of their places.
          return (claimed, claimed.isEmpty ? clock.monotonic + .seconds(1) : nil)
        }
        if let due { next = min(next, due) }
      } catch {
        tell(error)
        return ([], clock.monotonic + DelivererSettings.storagePause)
      }
    }
    return ([], clock.monotonic + max(.zero, next - clock.wall))
  }

  private func request(at now: Timestamp) -> (DeliveryRequest, quietEnd: Timestamp?) {
    places.withLock { places in
      let excluded = places.excluded(at: now)
      let request = DeliveryRequest(
        owner: instanceID, now: now,
        until: now + settings.timeout + DelivererSettings.leaseMargin, limit: places.free,
        perSubscription: places.batch, failingLimit: places.freeForFailing, excluding: excluded)
      return (request, places.quietEnd)
    }
  }

  private func claim(
    _ request: DeliveryRequest
  ) async throws(StorageFault) -> [ClaimedDelivery] {
    let claimed = try await storage.claimDeliveries(request)
    places.withLock { places in
      for delivery in claimed {
        let subscription = delivery.subscription
        places.begin(subscription.id, isFailing: subscription.failingSince != nil)
      }
    }
    return claimed
  }

  // Said when it begins and when it ends, not at each try.
  private func tell(_ fault: StorageFault?) {
    let hasChanged = state.withLock { state in
      defer { state.storageFails = fault != nil }
      return state.storageFails != (fault != nil)
    }
    guard hasChanged, let fault else { return }
    logger.warning("deliveries wait for the storage", metadata: ["fault": "\(fault)"])
  }
}

extension Timestamp {
  /// Later than any that will come.
  static let distantFuture = Timestamp(microseconds: .max / 2)
}
