import GatewayCore
import Testing

@testable import Gateway

/// Goal: a body is read only as what it says that it is.
/// Method: content types, codings and bodies.
@Suite struct JSONBodyTests {
  private func read(
    _ headers: [(String, String)], _ body: String = "{}"
  ) throws(GatewayFault) -> JSONValue {
    try JSONBody.read(request(headers, method: .patch, body: body), types: ["application/json"])
  }

  @Test(arguments: [
    "application/json", "Application/JSON", "application/json;charset=utf-8",
    "application/json; charset=\"UTF-8\"", "application/json ; x=y",
  ])
  func `JSON in UTF-8 is read`(type: String) throws {
    #expect(try read([("Content-Type", type)], #"{"a":1}"#) == ["a": 1])
  }

  @Test(arguments: [
    [], [("Content-Type", "")], [("Content-Type", "text/plain")],
    [("Content-Type", "application/json; charset=latin1")],
    [("Content-Type", "application/jsonx")], [("Content-Type", "application/merge-patch+json")],
    [("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
    [("Content-Type", "application/json"), ("Content-Type", "application/json")],
  ])
  func `another type, charset or coding is refused`(headers: [(String, String)]) {
    #expect { try read(headers) } throws: { ($0 as? GatewayFault)?.type == .unsupportedMediaType }
  }

  @Test(arguments: ["", "{", #"{"a":1,"a":2}"#, "{}x", "\u{FEFF}{}", "'a'"])
  func `what is no JSON is refused`(body: String) {
    #expect { try read([plainJSON], body) } throws: {
      ($0 as? GatewayFault)?.type == .malformedJSON
    }
  }

  @Test func `the refusal names the place and shows nothing of the body`() {
    #expect { try read([plainJSON], #"{"secret-value" 1}"#) } throws: { error in
      let detail = (error as? GatewayFault)?.detail ?? ""
      return detail.contains("byte 16") && !detail.contains("secret")
    }
  }
}
