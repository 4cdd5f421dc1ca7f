import Configuration
import GatewayCore
import HeatPumps
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: an operator who asks why is told the rule that decides, and only asking is done.
/// Method: apps that are held up by one rule each, and the verdict held against the app's own.
@Suite struct ExplainTests {
  private let gateway = GatewayFixture()
  private let handler: EndpointHandler

  init() {
    let service = gateway.service
    let apps = AppRegistry([
      GatewayFixture.app("all", service, [.heatPumpsRead, .heatPumpsWrite]),
      GatewayFixture.app("reader", service, .heatPumpsRead),
      GatewayFixture.app(
        "smith", service, [.heatPumpsRead, .heatPumpsWrite], users: .only([smith])),
      GatewayFixture.app(
        "portal", service, [.heatPumpsWrite], pumps: .only([smithPump]),
        policy: ["/hot_water/standard_temperature": FieldBounds(maximum: 50)]),
    ])
    handler = EndpointHandler(
      Services(
        clock: gateway.clock,
        adminKeys: KeyRing([
          .init(digest: KeyDigest(hashing: "op".utf8.span), expires: nil, owner: .operator)
        ]), apps: apps,
        endpoints: AdminEndpoints.table(
          GatewayState(
            generations: Generations(Generation()), cache: ResponseCache(bytes: 1 << 20),
            storage: InMemoryStorage(),
            journal: EventJournal(InMemoryStorage()), clock: gateway.clock,
            logger: gateway.log.logger)),
        requestIDs: gateway.services.requestIDs, logger: gateway.log.logger,
        events: gateway.events,
        readiness: { .init(isReady: true, details: JSONObject()) }))
  }

  private func ask(_ body: String) async -> HTTPResponse {
    await handler.response(
      to: request(
        [("X-API-Key", "op"), plainJSON], method: .post, target: "/admin/explain", body: body))
  }

  private func refusals(_ answer: HTTPResponse) -> [String] {
    (answer.json["decisions"]?.array ?? []).filter { $0["allows"] == false }.map {
      "\($0["subject"]?.string ?? "") \($0["setting"]?.string ?? "")"
    }
  }

  @Test(
    arguments: [
      ("all", "smith-home", true, []), ("smith", "smith-home", true, []),
      ("smith", "jones-home", false, ["heat_pump apps[smith].users"]),
      ("portal", "smith-home", false, ["read apps[portal].scopes"]),
      ("all", "\(unknownPump)", false, ["heat_pump heat_pumps"]),
    ] as [(String, String, Bool, [String])])
  func `reading is explained`(
    app: String, heatPump: String, mayRead: Bool, reasons: [String]
  ) async {
    let answer = await ask("{\"app\":\"\(app)\",\"heat_pump\":\"\(heatPump)\"}")
    #expect(answer.json["may_read"] == .bool(mayRead))
    #expect(answer.json["may_write"] == .null)
    #expect(refusals(answer) == reasons)
  }

  @Test(
    arguments: [
      ("all", 60, true, []),
      ("all", 70, false, ["organisations[acme].guard_rails"]),
      ("portal", 50, true, []),
      ("portal", 60, false, ["apps[portal].may_write"]),
      ("reader", 60, false, ["apps[reader].scopes", "apps[reader].scopes"]),
    ] as [(String, Int, Bool, [String])])
  func `writing is explained`(
    app: String, value: Int, mayWrite: Bool, settings: [String]
  ) async {
    let answer = await ask(
      """
      {"app":"\(app)","heat_pump":"smith-home",
      "patch":{"hot_water":{"standard_temperature":\(value)}}}
      """)
    #expect(answer.json["may_write"] == .bool(mayWrite))
    let found = (answer.json["decisions"]?.array ?? []).filter {
      $0["allows"] == false && $0["subject"] != "read"
    }
    #expect(found.compactMap { $0["setting"]?.string } == settings)
    #expect(gateway.updates.isEmpty)
  }

  @Test func `a heat pump that is not known is judged by its owner`() async {
    let answer = await ask(
      "{\"app\":\"smith\",\"heat_pump\":\"\(unknownPump)\",\"user_id\":\"\(smith)\"}")
    #expect(answer.json["may_read"] == true)
    #expect(answer.json["heat_pump"]?["alias"] == .null)
  }

  @Test func `a wrong question is answered with all that is wrong`() async {
    let answer = await ask("{\"app\":1,\"user_id\":\"x\",\"extra\":2}")
    #expect(answer.problem == "malformed-request")
    let pointers = answer.json["errors"]?.array?.compactMap { $0["pointer"]?.string }
    #expect(pointers == ["/app", "/heat_pump", "/user_id", "/extra"])
    #expect(await ask("[]").problem == "malformed-request")
    #expect(await ask("{\"app\":\"none\",\"heat_pump\":\"smith-home\"}").problem == "not-found")
  }
}
