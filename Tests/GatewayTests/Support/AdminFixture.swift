import Configuration
import Credentials
import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Webhooks

@testable import Gateway

/// The operators' listener as a browser on it meets it, over the public listener's parts.
struct AdminFixture: Sendable {
  let gateway = GatewayFixture()
  let storage = InMemoryStorage()
  let state: GatewayState
  let login: AdminLogin
  let endpoints: [Endpoint]
  /// What there is of apps.
  let apps: [App]
  private let desk: SubscriptionDesk?

  static let host = ("Host", "gateway.example:8081")
  static let ownOrigin = ("Origin", "http://gateway.example:8081")
  static let form = ("Content-Type", "application/x-www-form-urlencoded")
  static let operatorKey = "pgw_operator"
  static let metricsKey = "pgw_metrics"

  init(settings: AdminSessions.Settings = .init()) {
    let broker = TokenBroker(
      settings: TokenSettings(tokenURL: "https://login.example/token/"),
      slots: CredentialSlots(current: {
        ClientCredentials(clientID: "id", clientSecret: Secret("canary-secret"))
      }), transport: FakeTransport(then: .token("canary-token")), clock: gateway.clock,
      random: SeededRandom(seed: 1), logger: gateway.log.logger)
    state = GatewayState(
      generations: Generations(
        Generation(organisations: [
          .init(service: gateway.service, broker: broker, upstream: UpstreamMetrics())
        ])), cache: ResponseCache(bytes: 1 << 20), storage: storage,
      journal: EventJournal(storage), clock: gateway.clock, logger: gateway.log.logger)
    state.metrics.withLock { [gateway] in $0 = gateway.services.metrics }
    login = AdminLogin(settings, random: SeededRandom(seed: 5), now: gateway.clock.monotonic)
    state.login.withLock { [login] in $0 = login }
    endpoints = AdminEndpoints.table(state)
    desk = Self.desk(gateway, storage, state.journal)
    apps = [
      GatewayFixture.app(
        "portal", gateway.service, [.heatPumpsRead, .heatPumpsWrite], pumps: .only([smithPump]),
        policy: ["/hot_water/standard_temperature": FieldBounds(maximum: 50)])
    ]
  }

  private static func desk(
    _ gateway: GatewayFixture, _ storage: InMemoryStorage, _ journal: EventJournal
  ) -> SubscriptionDesk? {
    let random = SeededRandom(seed: 8)
    guard let key = EncryptionKey(bytes: Secret([UInt8](repeating: 7, count: 32))) else {
      return nil
    }
    let secrets = SubscriptionSecrets(sealer: SecretSealer(key: key, random: random))
    let deliverer = Deliverer(
      settings: DelivererSettings(targets: TargetPolicy(allow: [.host("receiver.example")])),
      transport: FakeTransport(then: .status(204)), storage: storage, journal: journal,
      secrets: secrets, audience: { _, _ in nil }, instanceID: ResourceID(high: 9, low: 1),
      clock: gateway.clock, random: random, logger: gateway.log.logger)
    return SubscriptionDesk(
      deliverer, storage: storage, secrets: secrets, clock: gateway.clock, random: random)
  }

  static func keys(operatorExpires: Timestamp? = nil) -> KeyRing<Endpoint.AdminRole> {
    KeyRing([
      .init(
        digest: KeyDigest(hashing: operatorKey.utf8.span), expires: operatorExpires,
        owner: .operator),
      .init(digest: KeyDigest(hashing: metricsKey.utf8.span), expires: nil, owner: .metrics),
    ])
  }

  /// Sends a request, to which `Host` is added, and holds the answer against the contract.
  func send(
    _ method: HTTPMethod = .get, _ target: String, _ headers: [(String, String)] = [],
    body: String = "", peer: String = "192.0.2.1",
    keys: KeyRing<Endpoint.AdminRole> = keys()
  ) async -> HTTPResponse {
    let request = HTTPRequest(
      method: method, target: target, headers: [Self.host] + headers, body: Array(body.utf8),
      arrival: gateway.clock.monotonic, peer: peer)
    let response = await handler(keys).response(to: request)
    Contract.operators.check(request, response)
    return response
  }

  /// The listener's handler.
  func handler(_ keys: KeyRing<Endpoint.AdminRole> = keys()) -> EndpointHandler {
    EndpointHandler(
      Services(
        clock: gateway.clock, adminKeys: keys, apps: AppRegistry(apps),
        organisations: state.organisations, login: login,
        hostGuard: HostGuard(names: ["gateway.example"]), endpoints: endpoints,
        requestIDs: gateway.services.requestIDs, logger: gateway.log.logger, subscriptions: desk,
        events: state.events,
        readiness: { [state] in state.readiness }))
  }

  /// Sends the form of the page to log in at.
  func logIn(
    _ key: String = operatorKey, _ headers: [(String, String)] = [ownOrigin],
    peer: String = "192.0.2.1"
  ) async -> HTTPResponse {
    await send(.post, "/login", [Self.form] + headers, body: "key=\(key)", peer: peer)
  }

  /// Logs in, and gives back the cookie to send from then on.
  func cookie(_ key: String = operatorKey) async -> (String, String) {
    ("Cookie", await logIn(key)["Set-Cookie"].map { String($0.prefix { $0 != ";" }) } ?? "none")
  }

  /// The token that the page after the login holds for its form.
  func csrfToken(_ cookie: (String, String)) async -> String {
    let page = await send(.get, "/", [cookie]).text
    let start = page.firstRange(of: "name=\"csrf_token\" value=\"")?.upperBound
    return start.map { String(page[$0...].prefix { $0 != "\"" }) } ?? ""
  }
}

extension HTTPResponse {
  var text: String { String(decoding: body, as: UTF8.self) }
}
