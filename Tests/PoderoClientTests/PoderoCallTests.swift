import GatewayCore
import PoderoClient
import TestSupport
import Testing

/// Goal: each call has the vendor's method and path, and no query breaks out of its place.
/// Method: a table of calls, and a query made of everything that could hurt.
@Suite struct PoderoCallTests {
  private static let users = "https://api.example/v2.0/org/\(organisation)/users"
  private static let device = "\(users)/\(user)/heat-pumps/\(pump)"

  @Test(arguments: [
    (PoderoCall.users, HTTPMethod.get, "users", users),
    (.heatPumps(user: user), .get, "heat_pumps", "\(users)/\(user)/heat-pumps"),
    (read, .get, "heat_pump", device),
    (
      .heatPump(user: user, id: pump, includeDeleted: true), .get, "heat_pump",
      device + "?include_deleted=true"
    ),
    (update, .put, "update", device),
    (
      .statistics(user: user, id: pump, query: "resolution=1DAY,1MONTH"), .get, "statistics",
      device + "/statistics?resolution=1DAY,1MONTH"
    ),
    (.savings(user: user, id: pump, query: ""), .get, "savings", device + "/savings"),
  ])
  func `method, label and URL are the vendor's`(
    call: PoderoCall, method: HTTPMethod, label: String, url: String
  ) {
    #expect(call.method == method)
    #expect(call.label == label)
    #expect(PoderoCall.labels.contains(label))
    for base in ["https://api.example/v2.0", "https://api.example/v2.0/"] {
      #expect(call.url(base: base, organisation: organisation) == url)
    }
    #expect(call.isUpdate == (method == .put))
    #expect((call.body != nil) == call.isUpdate)
  }

  @Test func `whatever could end a URL or a request line is escaped`() {
    let call = PoderoCall.savings(user: user, id: pump, query: "a=%41 b#c\r\nX: ü\u{0}\"")
    #expect(
      call.url(base: "https://h", organisation: organisation)
        .hasSuffix("/savings?a=%41%20b%23c%0d%0aX:%20%c3%bc%00%22"))
  }

  @Test func `priorities have the documented order`() {
    #expect(
      CallPriority.allCases.sorted() == [.write, .read, .event, .job, .refresh, .poll])
  }
}
