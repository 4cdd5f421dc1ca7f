import GatewayCore
import Storage

extension Samples {
  /// An event; without another organisation, it is about heat pump 1 of north.
  static func happening(
    _ number: Int, on heatPump: HeatPumpReference? = heatPump(),
    type: String = "heat_pump.state_changed", of organisation: String = "north",
    at seconds: Int64? = nil, size: Int = 3
  ) -> NewEvent {
    NewEvent(
      id: id(6, number), organisation: organisation, heatPump: heatPump, type: type,
      at: time(seconds ?? Int64(number)), isPersonal: number.isMultiple(of: 2),
      body: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size))
  }

  static func happenings(_ numbers: ClosedRange<Int>, at seconds: Int64? = nil) -> EventBatch {
    EventBatch(events: numbers.map { happening($0, at: seconds) })
  }

  static func terms(
    _ selection: EventSelection = .everything, state: SubscriptionState = .active
  ) -> SubscriptionTerms {
    SubscriptionTerms(
      url: "https://receiver.example/hooks", selection: selection, state: state,
      secrets: [SealedSecret(bytes: [0, 1, 254, 255], madeAt: time())])
  }

  static func subscription(
    _ number: Int, _ terms: SubscriptionTerms = terms(), of organisation: String = "north",
    app: String = "comfort"
  ) -> NewSubscription {
    NewSubscription(
      id: id(7, number), organisation: organisation, app: app, terms: terms, createdAt: time())
  }

  /// A gateway's wish to have deliveries for 60 s.
  static func claim(
    _ gateway: Int = 1, at seconds: Int64 = 1000, limit: Int = 99, perSubscription: Int = 99,
    failingLimit: Int = .max, excluding: Set<ResourceID> = []
  ) -> DeliveryRequest {
    DeliveryRequest(
      owner: id(4, gateway), now: time(seconds), until: time(seconds + 60), limit: limit,
      perSubscription: perSubscription, failingLimit: failingLimit, excluding: excluding)
  }

  static func attempt(_ seconds: Int64, status: Int?, fault: String? = nil) -> DeliveryAttempt {
    DeliveryAttempt(at: time(seconds), status: status, fault: fault, durationMilliseconds: 12)
  }

  static func retention(
    before seconds: Int64, events: Int = .max, bytes: Int = .max, open: Int64 = -1000,
    deliveries: Int64 = -1000
  ) -> EventRetention {
    EventRetention(
      before: time(seconds), events: events, bytes: bytes, openBefore: time(open),
      deliveriesBefore: time(deliveries))
  }

  static let comfort = DeliveryFilter(organisation: "north")
}

extension Storage {
  /// Makes subscriptions that get everything of north.
  func subscribe(_ numbers: Int..., terms: SubscriptionTerms = Samples.terms()) async throws {
    for number in numbers {
      _ = try await createSubscription(Samples.subscription(number, terms), limit: .max)
    }
  }

  /// Queues again whatever the subscription wants.
  func replayDeliveries(
    of subscription: ResourceID, since: ReplayStart, at now: Timestamp
  ) async throws(StorageFault) -> Int? {
    try await replayDeliveries(of: subscription, since: since, at: now) { _ in true }
  }

  /// Stores events, each with what `Samples` makes of it.
  func happen(_ numbers: Int...) async throws {
    try await append(EventBatch(events: numbers.map { Samples.happening($0) }))
  }

  /// The numbers of the events that a subscription has deliveries of, in their order.
  func queued(
    _ number: Int, _ state: DeliveryState? = nil
  ) async throws -> [Int64] {
    var filter = Samples.comfort
    filter.subscription = Samples.id(7, number)
    filter.state = state
    return try await deliveries(filter, before: nil, limit: 9999).reversed().map(\.sequence)
  }

  /// Carries out whatever is due.
  @discardableResult
  func deliver(
    _ outcome: DeliveryConclusion.Outcome = .delivered, at seconds: Int64 = 1000,
    news: SubscriptionNews? = nil
  ) async throws -> Int {
    let claimed = try await claimDeliveries(Samples.claim(at: seconds, limit: 9999))
    for delivery in claimed {
      try await conclude(
        DeliveryConclusion(
          lease: delivery.lease, outcome: outcome,
          attempt: Samples.attempt(seconds, status: 200), news: news),
        at: Samples.time(seconds))
    }
    return claimed.count
  }

  /// The numbers of the events in the feed of north.
  func feed(
    after: Int64 = 0, _ selection: EventSelection = .everything, limit: Int = 9999
  ) async throws -> [Int64] {
    try await loggedEvents(of: "north", after: after, selection, limit: limit).map(\.sequence)
  }
}
