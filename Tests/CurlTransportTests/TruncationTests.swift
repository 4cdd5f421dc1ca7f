import CurlTransport
import GatewayCore
import TestSupport
import Testing

/// Goal: where only the beginning of an answer matters, its length neither fails a request nor
/// costs memory.
/// Method: servers that send too much, with and without saying so.
@Suite(.bothWays) struct TruncationTests {
  private func answer(
    to limit: Int, _ steps: [ScriptedServer.Step]
  ) async throws -> TransportResponse {
    let server = try ScriptedServer { _ in [.readRequest] + steps }
    return try await withTransport { try await $0.send(truncating(server.url(), limit)) }
  }

  @Test func `the beginning of a large body is kept`() async throws {
    for head in ["Content-Length: 1000000000000", "Connection: close"] {
      let sent = "HTTP/1.1 201 Created\r\n\(head)\r\n\r\n" + String(repeating: "b", count: 200)
      let response = try await answer(to: 100, [.send(sent), .hang])
      #expect(response.status == 201 && response.isTruncated)
      #expect(response.text == String(repeating: "b", count: 100))
    }
  }

  @Test func `a body at the limit is whole`() async throws {
    let response = try await answer(to: 4, [.send(httpAnswer(text: "four")), .hang])
    #expect(response.text == "four" && !response.isTruncated)
    let empty = try await answer(to: 0, [.send(httpAnswer()), .hang])
    #expect(empty.body.isEmpty && !empty.isTruncated)
    let none = try await answer(to: 0, [.send(httpAnswer(text: "x")), .hang])
    #expect(none.body.isEmpty && none.isTruncated)
  }

  @Test func `the limit holds for the decompressed size`() async throws {
    let bomb = httpAnswer(headers: ["Content-Encoding: gzip"], body: Gzip.zeros(count: 8 << 20))
    let response = try await answer(to: 1000, [.send(bomb), .hang])
    #expect(response.body.count == 1000 && response.isTruncated)
  }

  @Test func `what is left of a body is not taken for the next answer`() async throws {
    let server = try ScriptedServer { _ in
      [.readRequest, .send(httpAnswer(text: "first, and much more")), .hang]
    }
    try await withTransport { transport in
      for _ in 0..<2 {
        let answer = try await transport.send(truncating(server.url(), 5))
        #expect(answer.text == "first")
      }
    }
    #expect(server.connectionCount == 2)
  }

  @Test func `an answer without a head is no answer all the same`() async throws {
    let server = try ScriptedServer { _ in [.readRequest, .send("no HTTP"), .close] }
    let fault = try await withTransport { await $0.fault(truncating(server.url(), 5)) }
    #expect(fault?.kind == .invalidAnswer)
  }
}

private func truncating(_ url: String, _ limit: Int) -> TransportRequest {
  var truncating = request(.post, url, body: "b", maximumBodyBytes: limit)
  truncating.truncatesBody = true
  return truncating
}
