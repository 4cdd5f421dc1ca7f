import GatewayCore
import Testing

@testable import Gateway

/// Goal: a query is understood in full or refused; nothing of it is passed over.
/// Method: query strings and what they must give.
@Suite struct QueryParameterTests {
  private func read(_ query: String, _ allowed: [String]) throws(GatewayFault) -> QueryParameters {
    try QueryParameters(query.utf8.span, allowed: allowed)
  }

  @Test(arguments: [
    ("a=1", "1"), ("a=", ""), ("a", ""), ("&&a=1&", "1"), ("a=1=2", "1=2"), ("a=x+y", "x y"),
    ("a=%C3%BC%2B", "ü+"), ("%61=1", "1"),
  ])
  func `a parameter is split and decoded`(query: String, value: String) throws {
    #expect(try read(query, ["a"])["a"] == value)
  }

  @Test(arguments: ["b=1", "A=1", "a=1&a=1", "a=%G0", "a=%00", "a=%FF", "%FF=1", "a%20=1"])
  func `what is unknown, repeated or undecodable is refused`(query: String) {
    #expect(throws: GatewayFault.self) { try read(query, ["a"]) }
  }

  @Test func `the refusal names what is taken, and does not grow with the request`() {
    let query = String(repeating: "b=1&a=2&c=%00&", count: 500)
    do {
      _ = try read(query, ["a", "limit"])
      Issue.record("taken")
    } catch {
      #expect(error.type == .malformedRequest)
      #expect(error.detail.contains("a, limit"))
      #expect(error.detail.contains("a is given twice"))
      #expect(error.detail.utf8.count < 300)
    }
  }

  @Test func `truth values are true, false, or absent`() throws {
    #expect(try read("x=true", ["x"]).boolean("x"))
    #expect(try !read("x=false", ["x"]).boolean("x"))
    #expect(try !read("", ["x"]).boolean("x"))
    for text in ["x=1", "x=", "x=True"] {
      let query = try read(text, ["x"])
      #expect(throws: GatewayFault.self) { try query.boolean("x") }
    }
  }

  @Test(arguments: [
    ("0", 0), ("007", 7), ("+5", nil), ("-1", nil), ("", nil), ("1 ", nil), ("1e3", nil),
    ("٣", nil), ("99999999999999999999", Int.max),
  ])
  func `whole numbers are digits and nothing else`(text: String, value: Int?) {
    #expect(wholeNumber(text) == value)
  }
}
