import GatewayCore
import Testing

/// Goal: requests keep what came over the wire, and problems have the form that callers rely on.
/// Method: built values, read back.
@Suite struct HTTPTests {
  @Test func `headers are found in any case and lose the blanks around them`() {
    let request = HTTPRequest(
      method: .get, target: "/v1/x?y=1",
      headers: [
        ("AUTHORIZATION", " Bearer abc\t"), ("accept", "a/b"), ("Accept", "c/d"),
        ("X-Something-Else", "z"),
      ])
    #expect(request[.authorization] == "Bearer abc")
    #expect(request[.accept] == "a/b, c/d")
    #expect(request.count(of: .accept) == 2)
    #expect(request[.host] == nil)
    #expect(request.target == "/v1/x?y=1")
    #expect(request.headers.map(\.name).last == "x-something-else")
    #expect(request.withHeader(.authorization) { $0?.count } == 10)
    #expect(request.withHeader(.cookie) { $0?.count } == nil)
  }

  @Test func `every known header is recognised by its name`() {
    for header in KnownHeader.allCases {
      #expect(KnownHeader(name: header.rawValue.uppercased().utf8.span) == header)
    }
    #expect(KnownHeader(name: "x-api-keys".utf8.span) == nil)
    #expect(KnownHeader(name: String(repeating: "x", count: 300).utf8.span) == nil)
  }

  @Test func `the catalogue has each problem once`() {
    #expect(ProblemCatalogue.entries.count == ProblemType.allCases.count)
    #expect(Set(ProblemCatalogue.entries.map(\.type)).count == ProblemType.allCases.count)
    for entry in ProblemCatalogue.entries {
      #expect((400...504).contains(entry.status))
      #expect(!entry.title.hasSuffix("."))
    }
  }

  @Test func `a fault becomes problem+json`() throws {
    let fault = GatewayFault(
      .invalidPatch, "Two fields are wrong.",
      errors: [.init(pointer: "/pause/until", code: "in_the_past", detail: "It is over.")],
      cause: "not for the caller")
    let response = fault.response(instance: "req-1")
    #expect(response.status == 422)
    #expect(response["content-type"] == "application/problem+json")
    #expect(response["x-request-id"] == "req-1")
    let body = try JSONValue(parsing: response.body)
    #expect(body["type"] == "/problems/invalid-patch")
    #expect(body["status"] == 422)
    #expect(body["instance"] == "req-1")
    #expect(body["resolution"] == "fix_request")
    #expect(body.at(pointer: "/errors/0/pointer") == "/pause/until")
    #expect(!body.text.contains("not for the caller"))
  }

  @Test func `faults carry the headers that their status asks for`() {
    #expect(
      GatewayFault(.unauthenticated, "").response(instance: "")["www-authenticate"] != nil)
    #expect(
      GatewayFault(.methodNotAllowed, "", allow: [.get, .patch]).response(instance: "")["allow"]
        == "GET, PATCH")
    #expect(
      GatewayFault(.upstreamThrottled, "", retryAfter: .milliseconds(1200))
        .response(instance: "")["retry-after"] == "2")
    #expect(GatewayFault(.shuttingDown, "").response(instance: "").closesConnection)
  }
}
