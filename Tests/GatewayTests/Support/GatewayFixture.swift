import Configuration
import Credentials
import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache
import Storage
import TestSupport

@testable import Gateway

let smith = ResourceID(high: 0xA, low: 1)
let jones = ResourceID(high: 0xA, low: 2)
let smithPump = ResourceID(high: 0xB, low: 1)
let jonesPump = ResourceID(high: 0xB, low: 2)
let unknownPump = ResourceID(high: 0xB, low: 99)
let smithPath = "/v1/users/\(smith)/heat-pumps/\(smithPump)"

let mergePatch = ("Content-Type", "application/merge-patch+json")
let plainJSON = ("Content-Type", "application/json")

/// The public listener's handler in front of a scripted upstream, with one key for each kind of
/// app.
struct GatewayFixture: Sendable {
  let clock = ManualClock()
  let log = LogRecorder()
  let upstream = UpstreamDouble()
  let transport: FakeTransport
  let storage = InMemoryStorage()
  let events: EventOutlet
  let service: OrganisationService
  let services: Services
  let handler: EndpointHandler

  init(
    settings: OrganisationSettings = OrganisationSettings(name: "acme", index: 0),
    isReady: Bool = true, streamsPerApp: Int = .max
  ) {
    upstream.add(smithPump, of: smith)
    upstream.add(jonesPump, of: jones)
    let transport = FakeTransport(then: { [upstream] in upstream.step($0) })
    self.transport = transport
    let service = GatewayFixture.service(settings, clock, log, transport, storage)
    self.service = service
    let events = EventOutlet(
      journal: EventJournal(storage), storage: storage, organisations: [settings.name],
      streamsPerApp: streamsPerApp, clock: clock, logger: log.logger)
    self.events = events
    services = Services(
      clock: clock, keys: GatewayFixture.keys(service, clock), endpoints: RouteTable.endpoints,
      requestIDs: RequestIDs(random: SeededRandom(seed: 1)), logger: log.logger, events: events,
      readiness: { Services.Readiness(isReady: isReady, details: JSONObject()) })
    handler = EndpointHandler(services)
  }

  static func service(
    _ settings: OrganisationSettings, _ clock: ManualClock, _ log: LogRecorder,
    _ transport: FakeTransport, _ storage: any Storage = InMemoryStorage()
  ) -> OrganisationService {
    let random = SeededRandom(seed: 2)
    let broker = TokenBroker(
      settings: TokenSettings(tokenURL: "https://login.example/token/"),
      slots: CredentialSlots(current: {
        ClientCredentials(clientID: "id", clientSecret: Secret("canary-secret"))
      }), transport: FakeTransport(then: .token("canary-token")), clock: clock, random: random,
      logger: log.logger)
    let client = PoderoClient(
      settings: UpstreamSettings(
        organisationID: ResourceID(high: 0xC, low: 1), apiBase: "https://api.example/v2.0/"),
      broker: broker, transport: transport, clock: clock, random: random, logger: log.logger)
    return OrganisationService(
      settings: settings,
      directory: Directory(aliases: [
        "smith-home": HeatPumpAddress(user: smith, id: smithPump),
        "jones-home": HeatPumpAddress(user: jones, id: jonesPump),
      ]), client: client, cache: ResponseCache(bytes: 1 << 24), storage: storage,
      journal: EventJournal(storage),
      instanceID: ResourceID(high: 9, low: 9), clock: clock, random: random,
      logger: log.logger)
  }

  /// One app for each key: `all` may do everything, `reader` and `writer` just that everywhere,
  /// `smith` only at the Smiths', `portal` only what its policy lists, `slow` twice, `nobody`
  /// nothing. The `listener`s read events, two of them those of the Smiths.
  private static func keys(
    _ service: OrganisationService, _ clock: ManualClock
  ) -> KeyRing<App> {
    let readWrite: Scopes = [.heatPumpsRead, .heatPumpsWrite]
    let all: Scopes = [
      .heatPumpsRead, .heatPumpsWrite, .heatPumpsAdmin, .personalDataRead, .eventsRead,
    ]
    let limiter = RateLimiter(requestsPerSecond: 0.5, burst: 2, now: clock.monotonic)
    let apps = [
      app("all", service, all), app("reader", service, .heatPumpsRead),
      app("writer", service, readWrite),
      app("smith", service, readWrite, users: .only([smith]), pumps: .only([smithPump])),
      app("smith-user", service, readWrite, users: .only([smith])),
      app("nobody", service, readWrite, users: .only([]), pumps: .only([])),
      app(
        "portal", service, readWrite,
        policy: ["/hot_water/standard_temperature": FieldBounds(minimum: 40, maximum: 55)]),
      app("listener", service, .eventsRead),
      app("smith-listener", service, .eventsRead, users: .only([smith]), pumps: .only([smithPump])),
      app("smith-user-listener", service, .eventsRead, users: .only([smith])),
      app("slow", service, .heatPumpsRead, limiter: limiter),
    ]
    let expired = KeyRing<App>.Key(
      digest: KeyDigest(hashing: "expired".utf8.span), expires: clock.wall, owner: apps[0])
    let expiring = KeyRing<App>.Key(
      digest: KeyDigest(hashing: "expiring".utf8.span), expires: clock.wall + .seconds(60),
      owner: apps[0])
    return KeyRing(
      apps.map { app in
        .init(digest: KeyDigest(hashing: app.name.utf8.span), expires: nil, owner: app)
      } + [expired, expiring])
  }

  static func app(
    _ name: String, _ service: OrganisationService, _ scopes: Scopes,
    users: AllowList<ResourceID> = .everything, pumps: AllowList<ResourceID> = .everything,
    policy: [String: FieldBounds]? = nil, limiter: RateLimiter? = nil
  ) -> App {
    App(
      name: name, organisation: service, scopes: scopes, users: users, heatPumps: pumps,
      writeRules: WriteRules(
        mayWrite: scopes.contains(.heatPumpsWrite), mayAdmin: scopes.contains(.heatPumpsAdmin),
        fieldPolicy: policy,
        guardRails: ["/hot_water/standard_temperature": FieldBounds(minimum: 30, maximum: 65)]),
      limiter: limiter)
  }

  /// Sends a request with an app's key, or with none, and holds the answer against the contract.
  func send(
    _ method: HTTPMethod = .get, _ target: String, as app: String? = "all",
    headers: [(String, String)] = [], body: String = ""
  ) async -> HTTPResponse {
    let key = app.map { [("Authorization", "Bearer \($0)")] } ?? []
    let request = HTTPRequest(
      method: method, target: target, headers: key + headers, body: Array(body.utf8),
      arrival: clock.monotonic)
    let response = await handler.response(to: request)
    Contract.apps.check(request, response)
    return response
  }

  func get(
    _ target: String, as app: String? = "all", headers: [(String, String)] = []
  ) async -> HTTPResponse {
    await send(.get, target, as: app, headers: headers)
  }

  func patch(
    _ target: String, _ body: String, as app: String? = "all",
    headers: [(String, String)] = []
  ) async -> HTTPResponse {
    await send(.patch, target, as: app, headers: [mergePatch] + headers, body: body)
  }

  func patch(
    _ body: String, as app: String? = "all", headers: [(String, String)] = []
  ) async -> HTTPResponse {
    await patch(smithPath, body, as: app, headers: headers)
  }

  /// The bodies of all updates that went upstream.
  var updates: [JSONValue] {
    transport.requests.filter { $0.method == .put }
      .compactMap { try? JSONValue(parsing: $0.body ?? []) }
  }
}

extension HTTPResponse {
  var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

  /// The name of the problem that it is, if it is one.
  var problem: String? {
    guard self["Content-Type"] == "application/problem+json" else { return nil }
    return json["type"]?.string.map { String($0.dropFirst("/problems/".count)) }
  }

  /// What is left without what differs from request to request.
  var withoutRequestID: HTTPResponse {
    var response = self
    response.headers.removeAll { $0.name == "X-Request-Id" }
    var object = json.object ?? JSONObject()
    object["instance"] = nil
    response.body = JSONValue.object(object).encoded
    return response
  }
}

func request(
  _ headers: [(String, String)], method: HTTPMethod = .get, target: String = "/", body: String = ""
) -> HTTPRequest {
  HTTPRequest(method: method, target: target, headers: headers, body: Array(body.utf8))
}
