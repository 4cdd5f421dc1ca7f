import CurlTransport
import GatewayCore
import Glibc
import TestSupport
import Testing

/// Goal: connections of the transport's own are found again, whatever became of those before them.
/// Method: a server that sends what nobody asked for, while the reactor does not look.
@Suite struct HTTP1PoolTests {
  @Test func `a connection made in place of a spoilt one is used again`() async throws {
    let (mayStray, hasStrayed) = (Locked(false), Locked(false))
    let server = try ScriptedServer { index in
      guard index == 0 else { return [.answerEach { _ in httpAnswer(text: "right") }] }
      return [
        .readRequest, .send(httpAnswer(text: "right")),
        .call { while !mayStray.withLock({ $0 }) { sched_yield() } },
        .send(httpAnswer(text: "stray")), .awaitArrival,
        .call { hasStrayed.withLock { $0 = true } }, .hang,
      ]
    }
    try await withTransport { transport in
      // On the reactor's thread, which meets the stray bytes only as it looks for a connection.
      let texts = try await on(transport.reactor) {
        var texts = [try await transport.send(request(.get, server.url())).text]
        mayStray.withLock { $0 = true }
        while !hasStrayed.withLock({ $0 }) { sched_yield() }
        for _ in 0..<2 { texts.append(try await transport.send(request(.get, server.url())).text) }
        return texts
      }
      #expect(texts == ["right", "right", "right"])
    }
    #expect(server.connectionCount == 2)
  }
}
