import GatewayCore
import TestSupport
import Testing

@testable import PoderoClient

/// Goal: every answer means one thing, and whether an update may have been applied is exact.
/// Method: tables over statuses, bodies and transport faults, for a read and an update each.
@Suite struct AnswerTests {
  private let translator = AnswerTranslator(
    settings: UpstreamSettings(organisationID: organisation, apiBase: "https://h"))

  private func judge(
    _ status: Int, _ body: String = "{}", type: String? = "application/json",
    headers: [HTTPResponse.Header] = [], _ call: PoderoCall = read
  ) -> UpstreamFault? {
    let response = TransportResponse(
      status: status, headers: (type.map { [.init("content-type", $0)] } ?? []) + headers,
      body: Array(body.utf8))
    do {
      _ = try translator.body(of: response, for: call, now: ManualClock().wall, chance: 0.5)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    (301, UpstreamFault.Kind.error(status: 301), false), (400, .error(status: 400), false),
    (401, .credentials, false), (403, .credentials, false), (404, .notFound, false),
    (409, .error(status: 409), false), (422, .rejected([]), false), (429, .throttled, false),
    (500, .error(status: 500), true), (502, .error(status: 502), true),
    (503, .error(status: 503), true), (504, .error(status: 504), true),
  ])
  func `a status has its kind, and only a server error leaves an update open`(
    status: Int, kind: UpstreamFault.Kind, isOpen: Bool
  ) {
    #expect(judge(status)?.kind == kind)
    #expect(judge(status)?.mayHaveBeenApplied == false)
    #expect(judge(status, "{}", update)?.kind == kind)
    #expect(judge(status, "{}", update)?.mayHaveBeenApplied == isOpen)
  }

  @Test func `JSON passes, whatever its blanks`() {
    for body in ["{}", "[]", " {\"a\":1}\n", "\r\n[1]\t"] {
      #expect(judge(200, body) == nil)
      #expect(judge(201, body, type: nil) == nil)
      #expect(judge(200, body, type: "application/vnd.x+JSON; charset=utf-8") == nil)
    }
  }

  @Test(arguments: [
    ("<html>", "text/html"), ("{}", "text/html"), ("", "application/json"),
    ("{\"a\":1", "application/json"), ("<html></html>", nil), ("null", "application/json"),
  ])
  func `anything else on a 2xx is unreadable, and an update was carried out`(
    body: String, type: String?
  ) {
    #expect(judge(200, body, type: type)?.kind == .unreadable)
    #expect(judge(200, body, type: type)?.mayHaveBeenApplied == false)
    #expect(judge(200, body, type: type, update)?.mayHaveBeenApplied == true)
  }

  @Test func `a page in place of a 404 does not make a heat pump vanish`() {
    #expect(judge(404, "<html>nginx</html>", type: "text/html")?.kind == .unreadable)
    #expect(judge(404, #"{"detail":"Not Found"}"#)?.kind == .notFound)
  }

  @Test(arguments: [(nil, 5), ("7", 7), ("4000", 300), ("Tue, 24 Nov 2026 10:00:09 GMT", 9)])
  func `the pause after a 429 is the server's, or the usual one`(header: String?, seconds: Int) {
    let headers = header.map { [HTTPResponse.Header("retry-after", $0)] } ?? []
    #expect(judge(429, headers: headers)?.retryAfter == .seconds(seconds))
  }

  @Test func `a 422's findings keep place and rule, never the server's words`() throws {
    let body = """
      {"detail":[{"type":"string_too_long","loc":["body","data","comment"],"msg":"canary"},
      {"type":"Has words, canary!","loc":["body",3,{"x":1},null],"msg":"canary"},{"msg":"canary"}]}
      """
    let fault = try #require(judge(422, body, update))
    #expect(
      fault.details == [
        UpstreamFieldError(location: ["body", "data", "comment"], type: "string_too_long"),
        UpstreamFieldError(location: ["body", 3], type: "invalid"),
      ])
    #expect(!String(describing: fault).contains("canary"))
    #expect(!"\(fault.gatewayFault())".contains("canary"))
  }

  @Test func `an odd 422 is a rejection without findings`() {
    for body in ["", "<html>", "[]", #"{"detail":"no"}"#, #"{"detail":[1,"x",null]}"#] {
      #expect(judge(422, body)?.kind == .rejected([]))
    }
  }

  @Test func `the findings of one answer are bounded`() {
    let finding = #"{"type":"x","loc":["a"]}"#
    let body = #"{"detail":["# + [String](repeating: finding, count: 500).joined(separator: ",")
    #expect(judge(422, body + "]}")?.details.count == 100)
  }

  @Test(arguments: [
    (TransportFault.Kind.resolve, UpstreamFault.Kind.unreachable), (.connect, .unreachable),
    (.tls, .unreachable), (.timeout, .timeout), (.interrupted, .interrupted),
    (.invalidAnswer, .unreadable), (.tooLarge, .unreadable), (.cancelled, .cancelled),
    (.refusedTarget, .unreachable), (.other, .unreachable),
  ])
  func `a transport fault leaves an update open just if it may have been sent`(
    kind: TransportFault.Kind, expected: UpstreamFault.Kind
  ) {
    for wasSent in [true, false] {
      let fault = TransportFault(kind, mayHaveBeenSent: wasSent)
      #expect(translator.fault(fault, for: read).kind == expected)
      #expect(!translator.fault(fault, for: read).mayHaveBeenApplied)
      #expect(translator.fault(fault, for: update).mayHaveBeenApplied == wasSent)
    }
  }

  @Test(arguments: [
    (UpstreamFault.Kind.credentials, ProblemType.upstreamCredentials, 502),
    (.throttled, .upstreamThrottled, 503), (.unavailable, .upstreamUnavailable, 503),
    (.unreachable, .upstreamUnreachable, 502), (.timeout, .upstreamTimeout, 504),
    (.error(status: 500), .upstreamError, 502), (.error(status: 400), .upstreamError, 502),
    (.unreadable, .upstreamUnreadable, 502), (.rejected([]), .upstreamRejected, 422),
    (.notFound, .notFound, 404), (.interrupted, .upstreamUnreachable, 502),
    (.cancelled, .upstreamTimeout, 504),
  ])
  func `each kind has its problem, a 503 always with Retry-After`(
    kind: UpstreamFault.Kind, type: ProblemType, status: Int
  ) {
    let problem = UpstreamFault(kind).gatewayFault()
    #expect(problem.type == type)
    let response = problem.response(instance: "1")
    #expect(response.status == status)
    #expect((response["Retry-After"] != nil) == (status == 503))
    #expect(
      UpstreamFault(kind, retryAfter: .seconds(42)).gatewayFault().retryAfter == .seconds(42))
  }

  @Test func `an update that broke off has an unknown outcome`() {
    let fault = UpstreamFault(.interrupted, mayHaveBeenApplied: true)
    #expect(fault.gatewayFault().type == .outcomeUnknown)
  }
}
