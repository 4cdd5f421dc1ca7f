import Credentials
import Crypto
import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import Webhooks

/// A deliverer with a storage in memory, a clock that is moved by hand and scripted receivers.
struct DeliveryStage: Sendable {
  let clock = ManualClock()
  let storage: InMemoryStorage
  let log = LogRecorder()
  let transport: FakeTransport
  let journal: EventJournal
  let secrets: SubscriptionSecrets
  let deliverer: Deliverer
  /// What the app may be told; `nil` for an app that is gone.
  let audience = Locked<EventAudience?>(
    EventAudience(app: "comfort", seesPersonalData: true) { _, _ in true })
  let user = ResourceID(high: 1, low: 1)
  let heatPump = ResourceID(high: 2, low: 2)

  /// Makes a stage.
  ///
  /// - Parameters:
  ///   - places: how many attempts run at the same time.
  ///   - eventLog: where events are stored, if not directly in the storage.
  init(
    _ transport: FakeTransport,
    targets: TargetPolicy = TargetPolicy(
      allow: [.host("receiver.example"), .host("other.example")]),
    places: Int = 256, storage: InMemoryStorage = InMemoryStorage(),
    eventLog: (any EventLogStorage)? = nil
  ) throws {
    self.transport = transport
    self.storage = storage
    journal = EventJournal(eventLog ?? storage)
    let random = SeededRandom(seed: 3)
    let key = try #require(EncryptionKey(bytes: Secret([UInt8](repeating: 7, count: 32))))
    secrets = SubscriptionSecrets(sealer: SecretSealer(key: key, random: random), random: random)
    let (audience, clock) = (audience, clock)
    var settings = DelivererSettings(targets: targets)
    settings.places = places
    deliverer = Deliverer(
      settings: settings, transport: transport, storage: storage,
      journal: journal, secrets: secrets, audience: { _, _ in audience.withLock { $0 } },
      instanceID: ResourceID(high: 9, low: 1), clock: clock, random: Halves(seed: 4),
      logger: log.logger)
  }

  /// Makes a subscription.
  @discardableResult
  func subscribe(
    _ number: UInt64 = 1, url: String = "https://receiver.example/hooks",
    selection: EventSelection = .everything, isCloudEvents: Bool = false
  ) async throws -> (id: ResourceID, secret: SigningSecret) {
    let id = ResourceID(high: 7, low: number)
    let (secret, sealed) = try secrets.make(for: id, at: clock.wall)
    _ = try await storage.createSubscription(
      NewSubscription(
        id: id, organisation: "acme", app: "comfort",
        terms: SubscriptionTerms(
          url: url, selection: selection, isCloudEvents: isCloudEvents, secrets: [sealed]),
        createdAt: clock.wall), limit: 100)
    return (id, secret)
  }

  static let usual = ["/hot_water/standard_temperature"]

  /// An event about the heat pump.
  func event(
    _ number: UInt64, pointers: [String] = DeliveryStage.usual
  ) -> HeatPumpEvent {
    HeatPumpEvent(
      id: ResourceID(high: 6, low: number), type: .settingsChanged, timestamp: clock.wall,
      organisation: "acme", heatPump: EventHeatPump(userID: user, id: heatPump, alias: nil),
      cause: .outside, changes: pointers.map { FieldChange(pointer: $0, from: 45, to: 48) })
  }

  /// Stores events.
  func happen(
    _ numbers: UInt64..., pointers: [String] = DeliveryStage.usual, traceparent: String? = nil
  ) async throws {
    let events = numbers.map { number in
      var event = self.event(number, pointers: pointers)
      event.traceparent = traceparent
      return NewEvent(
        id: event.id, organisation: "acme",
        heatPump: HeatPumpReference(organisation: "acme", user: user, id: heatPump),
        type: event.type.rawValue, at: clock.wall, isPersonal: event.isPersonal,
        body: event.stored)
    }
    try await journal.append(EventBatch(events: events))
  }

  /// All deliveries, the oldest first.
  func deliveries() async throws -> [StoredDelivery] {
    try await storage.deliveries(
      DeliveryFilter(organisation: "acme"), before: nil, limit: 99_999
    ).reversed()
  }

  /// Waits until the only delivery is as wanted.
  @discardableResult
  func delivery(
    _ what: String, _ holds: @escaping @Sendable (StoredDelivery) -> Bool
  ) async throws -> StoredDelivery {
    try await eventualValue(what) { try await deliveries().first { $0.owner == nil && holds($0) } }
  }

  /// Lets the deliverer work while `body` runs.
  func running(_ body: @Sendable () async throws -> Void) async throws {
    let task = Task { await deliverer.run() }
    do {
      try await body()
    } catch {
      task.cancel()
      transport.releaseAll(.status(200))
      await task.value
      throw error
    }
    task.cancel()
    transport.releaseAll(.status(200))
    await task.value
  }
}

/// Chance for ids, and one half for every pause.
final class Halves: RandomSource {
  private let random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  // The upper bits make the fraction, the lower ones tell ids apart.
  func next() -> UInt64 { 1 << 63 | random.next() & 0x7FF }
}

extension TransportRequest {
  /// The first value of a header.
  subscript(name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The body as JSON.
  var json: JSONValue { (try? JSONValue(parsing: body ?? [])) ?? .null }

  /// Whether one of the signatures is that of a secret; computed here, without the gateway's code.
  func isSigned(with secret: SigningSecret) -> Bool {
    guard let id = self["webhook-id"], let time = self["webhook-timestamp"],
      let signatures = self["webhook-signature"], let body,
      let key = Base64.bytes(
        Array(secret.text.revealedForTest.dropFirst(SigningSecret.prefix.count).utf8).span)
    else { return false }
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("\(id).\(time).".utf8) + body, using: SymmetricKey(data: key))
    return signatures.split(separator: " ").contains("v1,\(Base64.text(Array(code)))")
  }
}
