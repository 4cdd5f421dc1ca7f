import CurlTransport
import GatewayCore
import TestSupport
import Testing

/// Goal: a request with a rule about addresses never reaches one that the rule refuses.
/// Method: real servers that count connections, and rules that record what they are asked.
@Suite(.bothWays) struct TargetTests {
  @Test func `a refused address is not connected to`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer() })
    let rule = Rule(allowing: [])
    let fault = try await withTransport {
      await $0.fault(guarded(.post, server.url(), rule, body: "b"))
    }
    #expect(Verdict(fault) == Verdict(.refusedTarget, mayHaveBeenSent: false))
    #expect(fault?.detail == "127.0.0.1 may not be connected to")
    #expect(rule.asked == ["127.0.0.1"])
    #expect(server.connectionCount == 0)
  }

  @Test func `an allowed address is connected to`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    let rule = Rule(allowing: ["127.0.0.1"])
    let answer = try await withTransport {
      try await $0.send(guarded(.post, server.url(), rule, body: "b"))
    }
    #expect(answer.text == "x")
    #expect(Set(rule.asked) == ["127.0.0.1"])
  }

  // The name stands for one whose owner changes its address after it was checked.
  @Test func `a name that resolves to another address than is allowed gains nothing`() async throws
  {
    let server = try ScriptedServer(answering: { _ in httpAnswer() })
    let rule = Rule(allowing: ["192.0.2.1"])
    let fault = try await withTransport {
      await $0.fault(guarded(.put, "http://localhost:\(server.port)/", rule, body: "b"))
    }
    #expect(Verdict(fault) == Verdict(.refusedTarget, mayHaveBeenSent: false))
    #expect(rule.asked.contains("127.0.0.1"))
    #expect(server.connectionCount == 0)
  }

  @Test func `of a name's addresses only the allowed ones are tried`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    let url = "http://localhost:\(server.port)/"
    try await withTransport { transport in
      let first = Rule(allowing: ["127.0.0.1"])
      let answer = try await transport.send(guarded(.get, url, first))
      #expect(answer.text == "x")
      #expect(Set(first.asked).isSubset(of: ["::1", "127.0.0.1"]))
    }
    try await withTransport { transport in
      // Nobody listens there, which is then what is the matter, where there is IPv6 at all.
      let second = Rule(allowing: ["::1"])
      let fault = await transport.fault(guarded(.get, url, second))
      let expected = second.asked.contains("::1") ? TransportFault.Kind.connect : .refusedTarget
      #expect(Verdict(fault) == Verdict(expected, mayHaveBeenSent: false))
      #expect(second.asked.contains("127.0.0.1"))
    }
    #expect(server.connectionCount == 1)
  }

  @Test(arguments: [
    ("127.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0x7f.0.0.1", "127.0.0.1"),
    ("0177.0.0.1", "127.0.0.1"), ("0", "0.0.0.0"), ("[::ffff:127.0.0.1]", "127.0.0.1"),
    ("[0:0:0:0:0:ffff:7f00:1]", "127.0.0.1"), ("[::1]", "::1"), ("[::]", "::"),
    ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"), ("[fe80::1]", "fe80::1"),
    ("169.254.169.254", "169.254.169.254"),
  ])
  func `the rule is asked about the address, however it is spelt`(
    host: String, address: String
  ) async throws {
    let rule = Rule(allowing: [])
    let fault = try await withTransport { await $0.fault(guarded(.get, "http://\(host):1/", rule)) }
    #expect(Verdict(fault) == Verdict(.refusedTarget, mayHaveBeenSent: false))
    #expect(rule.asked == [address])
  }

  @Test func `a connection made without the rule is not used against it`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    try await withTransport { transport in
      _ = try await transport.send(request(.get, server.url("/free")))
      let rule = Rule(allowing: [])
      let fault = await transport.fault(guarded(.post, server.url("/guarded"), rule, body: "b"))
      #expect(Verdict(fault) == Verdict(.refusedTarget, mayHaveBeenSent: false))
      try #require(rule.asked == ["127.0.0.1"])
      #expect(server.requests.count == 1)
      // And it is gone, so that the next attempt asks the name anew.
      await server.waitForClosedConnections(1)
      _ = try await transport.send(request(.get, server.url("/free")))
      #expect(server.connectionCount == 2)
    }
  }

  @Test func `a connection made under a wider rule is not used under a narrower one`() async throws
  {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    try await withTransport { transport in
      for allowed in [["127.0.0.1"], [], ["127.0.0.1"]] {
        let fault = await transport.fault(
          guarded(.post, server.url(), Rule(allowing: Set(allowed)), body: "b"))
        #expect(fault?.kind == (allowed.isEmpty ? .refusedTarget : nil))
      }
    }
    #expect(server.requests.count == 2)
  }

  @Test func `a connection that the rule allows is used again`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "x") })
    try await withTransport { transport in
      for _ in 0..<5 {
        let rule = Rule(allowing: ["127.0.0.1"])
        _ = try await transport.send(guarded(.post, server.url(), rule, body: "b"))
        #expect(!rule.asked.isEmpty)
      }
    }
    #expect(server.connectionCount == 1)
  }

  @Test(.enabled(if: NginxServer.isAvailable))
  func `a shared HTTP 2 connection carries only what its rule allows`() async throws {
    let server = try await NginxServer.start(.echo)
    try await withTransport { transport in
      let outcomes = await withTaskGroup(of: (Bool, TransportFault.Kind?).self) { group in
        for index in 0..<20 {
          let isAllowed = index % 2 == 0
          var one = request(.get, server.url(), caFile: server.caFile)
          one.mayConnect = { _ in isAllowed }
          group.addTask { [one] in (isAllowed, await transport.fault(one)?.kind) }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count == 20)
      for (isAllowed, kind) in outcomes { #expect(kind == (isAllowed ? nil : .refusedTarget)) }
    }
  }

  @Test func `a request with a rule goes around the proxy`() async throws {
    let server = try ScriptedServer(answering: { _ in httpAnswer(text: "server") })
    let proxy = try ScriptedServer(answering: { _ in httpAnswer(text: "proxy") })
    var settings = CurlSettings()
    settings.proxy = .server(proxy.url())
    try await withTransport(settings) { transport in
      let answer = try await transport.send(request(.get, server.url()))
      #expect(answer.text == "proxy")
      let rule = Rule(allowing: ["127.0.0.1"])
      let direct = try await transport.send(guarded(.get, server.url(), rule))
      #expect(direct.text == "server")
    }
    #expect(proxy.connectionCount == 1)
  }
}

/// A rule that allows some addresses and records what it is asked.
private final class Rule: Sendable {
  private let allowed: Set<String>
  private let log = Locked<[String]>([])

  init(allowing allowed: Set<String>) { self.allowed = allowed }

  var asked: [String] { log.withLock { $0 } }

  func mayConnect(_ address: InternetAddress) -> Bool {
    log.withLock { $0.append("\(address)") }
    return allowed.contains("\(address)")
  }
}

private func guarded(
  _ method: HTTPMethod, _ url: String, _ rule: Rule, body: String? = nil
) -> TransportRequest {
  var guarded = request(method, url, body: body)
  guarded.mayConnect = { rule.mayConnect($0) }
  return guarded
}
