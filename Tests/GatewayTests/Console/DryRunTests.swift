import GatewayCore
import HeatPumpService
import Testing

@testable import Gateway

/// Goal: an operator sees what a patch would send, or why it would be refused; nothing is sent.
/// Method: the question put on behalf of an app with limits, and by an operator's own leave.
@Suite struct DryRunTests {
  private let admin = AdminFixture()

  private func ask(_ body: String) async -> HTTPResponse {
    await admin.send(
      .post, "/admin/dry-run", [("X-API-Key", AdminFixture.operatorKey), plainJSON], body: body)
  }

  private func patch(_ degrees: Int, app: String = "portal", at pump: String = "smith-home") async
    -> HTTPResponse
  {
    await ask(
      """
      {"app":"\(app)","heat_pump":"\(pump)",\
      "patch":{"hot_water":{"standard_temperature":\(degrees)}}}
      """)
  }

  @Test func `a patch shows its body, and what the fields hold now`() async {
    let answer = await patch(48)
    #expect(answer.status == 200)
    #expect(answer.json["upstream_body"] == ["dhw_standard_temperature": 48])
    #expect(answer.json["write_mode"] == "sparse")
    let field = answer.json["fields"]?[0]
    #expect(field?["pointer"] == "/hot_water/standard_temperature" && field?["requested"] == 48)
    #expect(field?["current"] != nil)
    #expect(admin.gateway.updates.isEmpty)
  }

  @Test func `it is refused as the app's write would be`() async {
    #expect(await patch(55).problem == "forbidden")
    #expect(await patch(48, at: "jones-home").problem == "not-found")
    #expect(await patch(48, app: "nobody").problem == "not-found")
    let invalid = await ask(
      #"{"app":"portal","heat_pump":"smith-home","patch":{"pause":null,"nonsense":1}}"#)
    #expect(invalid.json["errors"]?.array?.count ?? 0 >= 2)
    #expect(admin.gateway.updates.isEmpty)
  }

  @Test func `merge mode is a warning, and keeps what is personal to itself`() async {
    admin.gateway.service.writeMode = .merge
    let answer = await patch(48)
    #expect(answer.json["warnings"]?.array?.contains { $0.text.contains("merge") } == true)
    #expect(answer.json["upstream_body"]?["comment"] == nil)
    #expect(answer.json["upstream_body"]?.object?.count ?? 0 > 1)
  }

  @Test(arguments: [
    #"{"heat_pump":"smith-home","patch":{}}"#, #"{"app":"portal","patch":{}}"#,
    #"{"app":"portal","organisation":"acme","heat_pump":"smith-home","patch":{}}"#,
    #"{"app":"portal","heat_pump":"smith-home"}"#, "[]",
    #"{"app":"portal","heat_pump":"smith-home","patch":{},"user_id":"x"}"#,
  ])
  func `a question that lacks something is none`(body: String) async {
    #expect(await ask(body).problem == "malformed-request")
  }
}
