import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: whatever a caller sends, it is told precisely what is wrong, and nothing goes upstream.
/// Method: a table of bad requests against one gateway; the simulator must not see an update.
@Suite struct BadInputTests {
  @Test func `every bad request is answered by its own problem and sent nowhere`() async throws {
    try await withStage { stage in
      _ = try await stage.full.get(stage.path(1))
      for row in BadRequest.all {
        let answer = try await stage.full.send(
          row.method, row.path, row.headers, body: row.body)
        #expect(answer.verdict == row.verdict, "\(row.name): \(answer.text)")
        let codes = answer.at("/errors")?.array?.compactMap { $0["code"]?.string } ?? []
        #expect(codes == row.codes, "\(row.name): \(answer.text)")
        if answer.status == 405 { #expect(answer.headers["allow"] != nil, "\(row.name)") }
      }
      #expect(stage.updateCount == 0)
      #expect(stage.simulator.requestCount(.update) == 0)
      let sound = try await stage.full.patch(stage.path(1), patch("/space_cooling/enabled", true))
      #expect(sound.status == 200)
    }
  }

  @Test func `all findings about a patch come at once`() async throws {
    try await withStage { stage in
      let answer = try await stage.portal.patch(
        stage.path(1),
        [
          "hot_water": ["standard_temperature": "warm", "enabled": 1], "nonsense": true,
          "readings": ["power_w": 3], "pause": nil, "market": ["price_zone": "XX"],
          "a/b~c": 1,
        ])
      #expect(answer.verdict == "422 invalid-patch")
      let found = (answer.at("/errors")?.array ?? []).map {
        "\($0["pointer"]?.string ?? "") \($0["code"]?.string ?? "")"
      }
      #expect(
        Set(found) == [
          "/hot_water/standard_temperature wrong_type", "/hot_water/enabled wrong_type",
          "/nonsense unknown_field", "/readings/power_w read_only", "/pause null_not_allowed",
          "/market/price_zone not_allowed_value", "/a~1b~0c unknown_field",
        ])
      #expect(stage.updateCount == 0)
    }
  }

  @Test func `nothing is smuggled past the executable while a healthy caller is served`()
    async throws
  {
    try await withStage { stage in
      let key = "Authorization: Bearer \(TestKey.full.key)\r\n"
      let behind =
        "GET /v1/heat-pumps/smith-home HTTP/1.1\r\nHost: h\r\n\(key)Connection: close\r\n\r\n"
      let healthy = try RawHTTPClient(port: stage.gateway.port)
      let healthyRequest = behind.replacing("Connection: close\r\n", with: "")
      for shape in SmugglingShape.all {
        let client = try RawHTTPClient(port: stage.gateway.port)
        try? await client.send(shape.replacing("KEY", with: key) + behind)
        #expect(try await healthy.exchange(healthyRequest).status == 200)
        let text = try await client.readToEnd()
        #expect(!text.contains("HTTP/1.1 2"), "\(shape.prefix(200)): \(text.prefix(300))")
        #expect(!text.contains("optimization"), "\(shape.prefix(200))")
      }
    }
  }

  @Test func `a request that breaks HTTP's own rules is refused as a problem`() async throws {
    try await withStage { stage in
      let key = "Authorization: Bearer \(TestKey.full.key)\r\n"
      let filler = String(repeating: "a", count: 9000)
      for (text, verdict) in [
        ("GET /v1/heat-pumps HTTP/1.1\r\n\(key)\r\n", "400 malformed-request"),
        (
          "POST /v1/heat-pumps/smith-home/commands/resume HTTP/1.1\r\nHost: a\r\n\(key)"
            + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "400 malformed-request"
        ),
        (
          "GET /v1/heat-pumps HTTP/1.1\r\nHost: a\r\n\(key)\(key)\r\n", "400 malformed-request"
        ),
        (
          "GET /v1/heat-pumps HTTP/1.1\r\nHost: a\r\nX: \(filler)\r\n\r\n",
          "431 header-fields-too-large"
        ),
      ] {
        let client = try RawHTTPClient(port: stage.gateway.port)
        try await client.send(text)
        #expect(try await Answer(client.answer()).verdict == verdict, "\(text.prefix(80))")
      }
      #expect(stage.updateCount == 0)
    }
  }
}

/// A request that must be refused, and how.
struct BadRequest: Sendable {
  let name: String
  var method = "PATCH"
  var path = "/v1/heat-pumps/smith-home"
  var headers = ["Content-Type": "application/merge-patch+json"]
  var body: [UInt8]? = Array(#"{"pause":{"active":true}}"#.utf8)
  let verdict: String
  /// The codes of the findings, in their order.
  var codes: [String] = []

  static let all = syntax + values + heads + queries + commands

  private static func syntax(_ name: String, _ text: String) -> BadRequest {
    BadRequest(name: name, body: Array(text.utf8), verdict: "400 malformed-json")
  }

  private static let syntax = [
    syntax("cut", #"{"pause":"#), syntax("garbage behind", "{} x"), syntax("empty", ""),
    syntax("deep", String(repeating: "[", count: 5000)),
    syntax(
      "deep and whole",
      String(repeating: #"{"a":"#, count: 40) + "1" + String(repeating: "}", count: 40)),
    syntax("duplicate", #"{"pause":{},"pause":{}}"#),
    syntax("duplicate inside", #"{"pause":{"active":true,"active":false}}"#),
    syntax("duplicate by escape", #"{"pause":{"active":true,"activ\u0065":false}}"#),
    syntax("NaN", #"{"hot_water":{"standard_temperature":NaN}}"#),
    syntax("Infinity", #"{"hot_water":{"standard_temperature":-Infinity}}"#),
    syntax("beyond any number", #"{"hot_water":{"standard_temperature":1e999999999}}"#),
    syntax("leading zero", #"{"hot_water":{"standard_temperature":052}}"#),
    syntax("half a pair", #"{"comment":"\ud800"}"#), syntax("tab", "{\"comment\":\"\t\"}"),
    syntax("byte order mark", "\u{FEFF}{}"), syntax("single quotes", "{'a':1}"),
    syntax("comment", "{/**/}"), syntax("trailing comma", #"{"pause":{},}"#),
    BadRequest(
      name: "not UTF-8", body: [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x31, 0x7D],
      verdict: "400 malformed-json"),
    BadRequest(
      name: "overlong UTF-8",
      body: Array(#"{"comment":""#.utf8) + [0xC0, 0xAF] + Array("\"}".utf8),
      verdict: "400 malformed-json"),
  ]

  private static func value(
    _ text: String, _ codes: [String], _ verdict: String = "422 invalid-patch"
  ) -> BadRequest {
    BadRequest(name: text, body: Array(text.utf8), verdict: verdict, codes: codes)
  }

  private static let values = [
    value("[]", ["not_an_object"]), value("null", ["not_an_object"]), value("7", ["not_an_object"]),
    value(#"{"pause":{"active":"yes"}}"#, ["wrong_type"]),
    value(#"{"pause":{"active":null}}"#, ["null_not_allowed"]),
    value(#"{"hot_water":{"standard_temperature":"52"}}"#, ["wrong_type"]),
    value(#"{"hot_water":[]}"#, ["wrong_type"]),
    value(#"{"hot_water":null}"#, ["null_not_allowed"]),
    value(#"{"unknown":{"x":1}}"#, ["unknown_field"]), value(#"{"":1}"#, ["unknown_field"]),
    value(#"{"id":"x"}"#, ["read_only"]), value(#"{"status":{"connection":"ok"}}"#, ["read_only"]),
    value(#"{"owner":{"email":"a@b"}}"#, ["read_only"]),
    value(#"{"freshness":{"state":"live"}}"#, ["read_only"]),
    value(#"{"market":{"price_zone":"at"}}"#, ["not_allowed_value"]),
    value(#"{"optimization":{"level":"Mid"}}"#, ["not_allowed_value"]),
    value(#"{"comment":"\#(String(repeating: "ä", count: 301))"}"#, ["too_long"]),
    value(#"{"lifecycle":{"state":"123456789012345678901"}}"#, ["too_long"]),
    value(#"{"building_id":"b"}"#, ["invalid_uuid"]),
    value(#"{"pause":{"until":"2020-01-01T00:00:00Z"}}"#, ["in_the_past"]),
    value(#"{"pause":{"until":"tomorrow"}}"#, ["invalid_time"]),
    value(#"{"away":{"start":"2026-02-30T00:00:00Z"}}"#, ["invalid_time"]),
    value(
      #"{"away":{"start":"2099-01-02T00:00:00Z","end":"2099-01-01T00:00:00Z"}}"#,
      ["contradiction"]),
    value(#"{"space_heating":{"minimum_temperature":25}}"#, ["contradiction"]),
    value(#"{"hot_water":{"standard_temperature":40}}"#, ["contradiction"]),
    value(#"{"device":{"year":2020.5}}"#, ["wrong_type"]),
    value(
      #"{"hot_water":{"standard_temperature":90}}"#, ["out_of_range"], "422 guard-rail"),
    value(#"{"space_heating":{"maximum_temperature":1e99}}"#, ["out_of_range"], "422 guard-rail"),
    value(#"{"pause":{"until":"2099-01-01T00:00:00Z"}}"#, ["too_far_ahead"], "422 guard-rail"),
  ]

  private static func head(
    _ name: String, _ headers: [String: String], _ verdict: String
  ) -> BadRequest {
    let type = ["Content-Type": "application/merge-patch+json"]
    return BadRequest(
      name: name, headers: type.merging(headers) { $1 }, verdict: verdict)
  }

  private static let heads = [
    head("text", ["Content-Type": "text/plain"], "415 unsupported-media-type"),
    head(
      "form", ["Content-Type": "application/x-www-form-urlencoded"], "415 unsupported-media-type"),
    head(
      "JSON patch", ["Content-Type": "application/json-patch+json"], "415 unsupported-media-type"),
    head(
      "Latin", ["Content-Type": "application/json; charset=latin1"], "415 unsupported-media-type"),
    head("gzip", ["Content-Encoding": "gzip"], "415 unsupported-media-type"),
    BadRequest(name: "no type", headers: [:], verdict: "415 unsupported-media-type"),
    head("If-Match word", ["If-Match": "abc"], "400 malformed-request"),
    head("If-Match other tag", ["If-Match": "\"abc\""], "400 malformed-request"),
    head("If-Match empty", ["If-Match": ""], "400 malformed-request"),
    head(
      "If-Match unknown", ["If-Match": "\"0123456789abcdef.0123456789abcdef\""],
      "412 precondition-failed"),
    head("Request-Timeout word", ["Request-Timeout": "soon"], "400 malformed-request"),
    head("Request-Timeout zero", ["Request-Timeout": "0"], "400 malformed-request"),
    head("Accept", ["Accept": "image/png"], "406 not-acceptable"),
    head("Expect", ["Expect": "more"], "400 malformed-request"),
    BadRequest(
      name: "too large", body: [UInt8](repeating: 0x20, count: 262_145),
      verdict: "413 content-too-large"),
    BadRequest(name: "PUT", method: "PUT", verdict: "405 method-not-allowed"),
    BadRequest(name: "DELETE", method: "DELETE", verdict: "405 method-not-allowed"),
    BadRequest(
      name: "encoded slash", path: "/v1/heat-pumps%2Fsmith-home", verdict: "404 not-found"),
    BadRequest(name: "dots", path: "/v1/heat-pumps/../heat-pumps", verdict: "404 not-found"),
    BadRequest(name: "no such alias", path: "/v1/heat-pumps/nobody", verdict: "404 not-found"),
    BadRequest(
      name: "no UUID", path: "/v1/users/me/heat-pumps/mine", verdict: "404 not-found"),
  ]

  private static func query(
    _ query: String, method: String = "GET", path: String = "/v1/heat-pumps/smith-home"
  ) -> BadRequest {
    BadRequest(
      name: query, method: method, path: path + "?" + query,
      body: method == "GET" ? nil : Array("{}".utf8), verdict: "400 malformed-request")
  }

  private static let queries = [
    query("dry_runn=true", method: "PATCH"), query("dry_run=yes", method: "PATCH"),
    query("dry_run=true&dry_run=true", method: "PATCH"), query("dry_run=%zz", method: "PATCH"),
    query("fields=nonsense"), query("fields="), query("view=raw"), query("a=%ff"),
    query("limit=0", path: "/v1/heat-pumps"), query("limit=501", path: "/v1/heat-pumps"),
    query("limit=ten", path: "/v1/heat-pumps"), query("cursor=xyz", path: "/v1/heat-pumps"),
    query("resolution=2DAY", path: "/v1/heat-pumps/smith-home/statistics"),
    query("from=yesterday", path: "/v1/heat-pumps/smith-home/savings"),
  ]

  private static func command(
    _ name: String, _ text: String, _ verdict: String, _ codes: [String] = []
  ) -> BadRequest {
    BadRequest(
      name: "\(name) \(text)", method: "POST", path: "/v1/heat-pumps/smith-home/commands/" + name,
      headers: ["Content-Type": "application/json"], body: Array(text.utf8), verdict: verdict,
      codes: codes)
  }

  private static let commands = [
    command("explode", "{}", "404 not-found"), command("pause", "{", "400 malformed-json"),
    command("pause", "", "422 invalid-patch", ["required"]),
    command("pause", "{}", "422 invalid-patch", ["required"]),
    command("pause", #"{"for":"2h"}"#, "422 invalid-patch", ["invalid_duration"]),
    command("pause", #"{"for":"P2D"}"#, "422 guard-rail", ["too_far_ahead"]),
    command("resume", #"{"now":true}"#, "422 invalid-patch", ["unknown_field"]),
    command("resume", "[]", "422 invalid-patch", ["not_an_object"]),
    command("resume", "null", "422 invalid-patch", ["not_an_object"]),
    command("optimize", #"{"level":"Max"}"#, "422 invalid-patch", ["not_allowed_value"]),
    command("away", #"{"minimum_temperature":2}"#, "422 guard-rail", ["out_of_range"]),
  ]
}

/// What is sent before a request that must not be answered; `KEY` stands for the caller's proof.
enum SmugglingShape {
  private static let post =
    "POST /v1/heat-pumps/smith-home/commands/resume HTTP/1.1\r\nHost: h\r\nKEY"
  private static let get = "GET /v1/heat-pumps/smith-home HTTP/1.1\r\nHost: h\r\nKEY"

  static let all = [
    post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    post + "Content-Length: 0\r\nContent-Length: 3\r\n\r\nabc",
    post + "Content-Length: +3\r\n\r\nabc", post + "Content-Length: 3, 3\r\n\r\nabc",
    post + "Content-Length : 3\r\n\r\nabc",
    post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    post + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    post + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n0\r\n\r\n",
    get + "X : y\r\n\r\n", get + "X: a\0b\r\n\r\n", get + "X: a\rb\r\n\r\n",
    get + "Host: h\r\n\r\n",
    get + "X: " + String(repeating: "a", count: 9000) + "\r\n\r\n",
    "GET /v1/heat-pumps HTTP/1.1\nHost: h\nKEY\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\u{16}\u{3}\u{1}\r\n\r\n",
  ]
}
