import GatewayCore
import HeatPumpService
import ResponseCache
import Testing

@testable import Gateway

/// Goal: `Accept` and `If-None-Match` are read as RFC 9110 says.
/// Method: header values and the outcome of each.
@Suite struct NegotiationTests {
  private let json = [MediaType("application/json")]
  private let both = [MediaType("application/json"), MediaType("text/html")]

  private func preferred(_ accept: [String], _ offers: [MediaType]) -> Int? {
    Negotiation.preferred(request(accept.map { ("Accept", $0) }), offers)
  }

  @Test(arguments: [
    [], [""], ["*/*"], ["application/json"], ["Application/JSON"], ["application/*"],
    ["text/html, */*;q=0.1"], ["application/json;q=0.001"], ["text/html,application/json"],
    ["application/json; charset=utf-8"], ["application/json;version=1;q=0.5"],
    ["text/html;title=\"a,b\" , application/json"], ["text/html", "application/json"],
    ["application/json;q=x"], ["*/*;q=0, application/json"], ["application/json ; q=1"],
  ])
  func `what covers JSON is answered`(accept: [String]) {
    #expect(preferred(accept, json) == 0)
  }

  @Test(arguments: [
    ["text/html"], ["text/*"], ["application/json;q=0"], ["application/json;q=0.000, */*"],
    ["application/*;q=0,*/*"], ["application/jsonx"], ["application"], ["*/json"],
    ["application/json;Q=0"], ["\"application/json\""], [","], ["*"],
  ])
  func `what leaves JSON out is not`(accept: [String]) {
    #expect(preferred(accept, json) == nil)
    #expect(throws: GatewayFault.self) {
      try Negotiation.check(request(accept.map { ("Accept", $0) }), json)
    }
  }

  @Test(arguments: [
    ("text/html,application/xhtml+xml,*/*;q=0.8", 1), ("*/*", 0), ("application/json", 0),
    ("text/html;q=0.5, application/json", 0), ("application/json;q=0.5,text/html", 1),
    ("text/html, application/json", 0), ("text/*", 1), ("*/*;q=0.5, text/html;q=0.4", 0),
  ])
  func `the caller's favourite wins, JSON if there is none`(accept: String, place: Int) {
    #expect(preferred([accept], both) == place)
  }

  private let tag = EntityTag(settings: 0x0123_4567_89AB_CDEF, rest: 0xFEDC_BA98_7654_3210)
  private let own = "\"0123456789abcdef.fedcba9876543210\""

  @Test func `the tag of a state matches however it is listed`() {
    #expect(tag.description == own)
    for list in [
      [own], ["*"], ["\"x\", \(own)"], ["W/\(own)"], ["\"a,b\",W/\(own) "], ["\"x\"", own],
      ["\(own),\"unclosed"],
    ] {
      #expect(Conditional.matches(request(list.map { ("If-None-Match", $0) }), tag), "\(list)")
    }
  }

  @Test(arguments: [
    [], ["\"x\""], ["0123456789abcdef.fedcba9876543210"], ["\"0123456789abcdef.fedcba9876543211\""],
    ["\"0123456789ABCDEF.FEDCBA9876543210\""], ["\"0123456789abcdef-fedcba9876543210\""],
    ["\"0123456789abcdef.fedcba9876543210"], ["\"x 0123456789abcdef.fedcba9876543210\""], ["**"],
    [""],
  ])
  func `nothing else matches`(list: [String]) {
    #expect(!Conditional.matches(request(list.map { ("If-None-Match", $0) }), tag))
  }

  @Test func `a 304 keeps the headers of the 200, without body and type`() {
    let response = HTTPResponse(
      status: 200,
      headers: [.init("Content-Type", "application/json"), .init("ETag", own), .init("Age", "3")],
      body: [1])
    let answer = Conditional.apply(request([("If-None-Match", own)]), tag, response)
    #expect(
      answer == HTTPResponse(status: 304, headers: [.init("ETag", own), .init("Age", "3")]))
    #expect(Conditional.apply(request([]), tag, response) == response)
  }
}
