import Configuration
import Credentials
import GatewayCore
import HeatPumpService
import HeatPumps
import Storage
import TestSupport
import Testing
import Webhooks

@testable import Gateway

/// The public listener with subscriptions, on a storage in memory; receivers are scripted.
struct SubscriptionFixture: Sendable {
  let clock = ManualClock()
  let log = LogRecorder()
  let storage = InMemoryStorage()
  let journal: EventJournal
  let receivers: FakeTransport
  let deliverer: Deliverer
  let handler: EndpointHandler
  let service: OrganisationService

  init(_ receivers: FakeTransport = FakeTransport(then: .status(204)), limit: Int = 3) throws {
    self.receivers = receivers
    journal = EventJournal(storage)
    let service = GatewayFixture.service(
      OrganisationSettings(name: "acme", index: 0), clock, log, FakeTransport(), storage)
    self.service = service
    let key = try #require(EncryptionKey(bytes: Secret([UInt8](repeating: 7, count: 32))))
    let random = SeededRandom(seed: 8)
    let secrets = SubscriptionSecrets(sealer: SecretSealer(key: key, random: random))
    let apps = SubscriptionFixture.apps(service)
    let registry = AppRegistry(apps)
    let range = try #require(AddressRange("10.0.0.0/8"))
    deliverer = Deliverer(
      settings: DelivererSettings(
        targets: TargetPolicy(allow: [.host("receiver.example"), .range(range)])),
      transport: receivers, storage: storage, journal: journal, secrets: secrets,
      audience: { registry[$0, $1]?.audience }, instanceID: ResourceID(high: 9, low: 1),
      clock: clock, random: random, logger: log.logger)
    let desk = SubscriptionDesk(
      deliverer, storage: storage, secrets: secrets, clock: clock, random: random, limit: limit)
    handler = EndpointHandler(
      Services(
        clock: clock,
        keys: KeyRing(
          apps.map {
            .init(digest: KeyDigest(hashing: $0.name.utf8.span), expires: nil, owner: $0)
          }),
        endpoints: RouteTable.endpoints, requestIDs: RequestIDs(random: SeededRandom(seed: 1)),
        logger: log.logger, subscriptions: desk,
        events: EventOutlet(
          journal: journal, storage: storage, organisations: ["acme"], clock: clock,
          logger: log.logger),
        readiness: { Services.Readiness(isReady: true, details: JSONObject()) }))
  }

  /// `owner` and `other` may everything here, `smith` only at the Smiths', `listener` only read,
  /// `nobody` neither.
  private static func apps(_ service: OrganisationService) -> [App] {
    let both: Scopes = [.eventsRead, .subscriptionsWrite]
    return [
      GatewayFixture.app("owner", service, both), GatewayFixture.app("other", service, both),
      GatewayFixture.app(
        "smith", service, both, users: .only([smith]), pumps: .only([smithPump])),
      GatewayFixture.app("listener", service, .eventsRead),
      GatewayFixture.app("nobody", service, .heatPumpsRead),
    ]
  }

  func send(
    _ method: HTTPMethod, _ target: String, _ body: JSONValue? = nil, as app: String = "owner",
    headers: [(String, String)] = []
  ) async -> HTTPResponse {
    let content = body.map { _ in [plainJSON] } ?? []
    let request = HTTPRequest(
      method: method, target: target,
      headers: [("Authorization", "Bearer \(app)")] + content + headers,
      body: body?.encoded ?? [], arrival: clock.monotonic)
    let response = await handler.response(to: request)
    Contract.apps.check(request, response)
    return response
  }

  /// Makes a subscription.
  func subscribe(
    as app: String = "owner", _ changes: [String: JSONValue] = [:]
  ) async -> HTTPResponse {
    var body = JSONObject()
    body["url"] = "https://receiver.example/hooks"
    body["event_types"] = ["*"]
    body["heat_pumps"] = ["*"]
    for (name, value) in changes { body[name] = value }
    return await send(.post, "/v1/subscriptions", .object(body), as: app)
  }

  /// The numbers of the events whose deliveries an app is shown, page by page.
  func deliveries(as app: String = "owner", limit: Int = 100) async -> [Int] {
    var (sequences, cursor): ([Int], String?) = ([], nil)
    repeat {
      let query = "?limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? "")
      let page = await send(.get, "/v1/deliveries" + query, as: app)
      sequences += (page.json["items"]?.array ?? []).compactMap { $0["sequence"]?.integer }
      cursor = page.json["next_cursor"]?.string
    } while cursor != nil
    return sequences
  }

  /// Stores an event about a heat pump of the Smiths' or the Joneses'.
  func happen(
    _ number: UInt64, at pump: ResourceID = smithPump, of user: ResourceID = smith,
    changing pointer: String = "/pause/active"
  ) async throws {
    try await store(
      HeatPumpEvent(
        id: ResourceID(high: 6, low: number), type: .settingsChanged, timestamp: clock.wall,
        organisation: "acme", heatPump: EventHeatPump(userID: user, id: pump, alias: nil),
        changes: [FieldChange(pointer: pointer, from: false, to: true)]))
  }

  /// Stores the event that a subscription of an app was given up.
  func happen(_ number: UInt64, disablingOneOf app: String) async throws {
    try await store(
      HeatPumpEvent(
        id: ResourceID(high: 6, low: number), type: .subscriptionDisabled, timestamp: clock.wall,
        organisation: "acme",
        subscription: EventSubscription(id: ResourceID(high: 7, low: number), app: app)))
  }

  private func store(_ event: HeatPumpEvent) async throws {
    let heatPump = event.heatPump.map {
      HeatPumpReference(organisation: "acme", user: $0.userID, id: $0.id)
    }
    try await journal.append(
      EventBatch(events: [
        NewEvent(
          id: event.id, organisation: "acme", heatPump: heatPump, type: event.type.rawValue,
          at: clock.wall, isPersonal: event.isPersonal, body: event.stored)
      ]))
  }

  /// Lets the deliverer work while `body` runs.
  func running(_ body: @Sendable () async throws -> Void) async throws {
    let task = Task { await deliverer.run() }
    do {
      try await body()
    } catch {
      task.cancel()
      await task.value
      throw error
    }
    task.cancel()
    await task.value
  }
}

extension HTTPResponse {
  /// The address of the subscription that it shows.
  var subscriptionPath: String { "/v1/subscriptions/\(json["id"]?.string ?? "none")" }

  /// The pointers and codes of a problem's findings.
  var findings: Set<String> {
    Set(
      (json["errors"]?.array ?? []).map {
        "\($0["pointer"]?.string ?? "") \($0["code"]?.string ?? "")"
      })
  }
}
