import Foundation
import GatewayCore
import Testing

@testable import Gateway

/// Goal: the document in the repository is the one that the gateway serves.
/// Method: they are compared; `make docs` writes it anew.
@Suite struct OpenAPIFileTests {
  private let file = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/openapi.json")

  @Test func `the file is what the gateway serves`() async throws {
    let served = await GatewayFixture().get("/openapi.json", as: nil)
    let text = served.json.prettyText + "\n"
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOf: file, encoding: .utf8)
    #expect(written == text, "run `make docs`")
  }
}
