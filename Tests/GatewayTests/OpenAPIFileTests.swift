import Foundation
import GatewayCore
import Testing

@testable import Gateway

/// Goal: the documents in the repository are those that the gateway serves.
/// Method: they are compared; `make docs` writes them anew.
@Suite struct OpenAPIFileTests {
  private let docs = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs")

  private func check(_ name: String, _ served: HTTPResponse) throws {
    let file = docs.appending(path: name)
    let text = served.json.prettyText + "\n"
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text, "run `make docs`")
  }

  @Test func `the file is what the gateway serves to apps`() async throws {
    try check("openapi.json", await GatewayFixture().get("/openapi.json", as: nil))
  }

  @Test func `the other file is what it serves to operators`() async throws {
    try check("openapi-operators.json", await AdminFixture().send(.get, "/openapi.json"))
  }
}
