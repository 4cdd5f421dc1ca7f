import CurlTransport
import GatewayCore
import TestSupport
import Testing

/// Goal: nothing is sent to a server that cannot prove its name; HTTP/2 carries many at once.
/// Method: nginx with certificates of an authority made on the spot.
@Suite(.serialized, .enabled(if: NginxServer.isAvailable)) struct TLSTests {
  @Test func `HTTP 2 is used with a trusted server`() async throws {
    let server = try await NginxServer.start(.echo)
    let response = try await withTransport {
      try await $0.send(
        request(
          .get, server.url(), authorization: Secret("Bearer t"), caFile: server.caFile))
    }
    #expect(response.status == 200)
    #expect(response.httpVersion == "2")
    #expect(response.text == "GET HTTP/2.0 Bearer t")
    #expect(response["content-type"] != nil)
  }

  @Test func `a server is refused without its authority, or under another name`() async throws {
    let server = try await NginxServer.start(.echo)
    try await withTransport { transport in
      let unknown = request(.put, server.url(), body: "x")
      #expect(Verdict(await transport.fault(unknown)) == Verdict(.tls, mayHaveBeenSent: false))
      let misnamed = request(.put, server.url(host: "localhost"), body: "x", caFile: server.caFile)
      #expect(Verdict(await transport.fault(misnamed)) == Verdict(.tls, mayHaveBeenSent: false))
      let missing = request(.put, server.url(), body: "x", caFile: "/nonexistent/ca.pem")
      #expect(Verdict(await transport.fault(missing)) == Verdict(.tls, mayHaveBeenSent: false))
      // A connection that one request trusts is not lent to one that doesn't.
      let trusted = request(.put, server.url(), body: "x", caFile: server.caFile)
      let answer = try await transport.send(trusted)
      #expect(answer.status == 200)
      #expect(Verdict(await transport.fault(unknown)) == Verdict(.tls, mayHaveBeenSent: false))
    }
  }

  @Test func `a file of another authority is refused`() async throws {
    let (server, other) = (
      try await NginxServer.start(.echo), try await NginxServer.start(.echo)
    )
    let fault = try await withTransport {
      await $0.fault(request(.put, server.url(), body: "x", caFile: other.caFile))
    }
    #expect(Verdict(fault) == Verdict(.tls, mayHaveBeenSent: false))
  }

  @Test func `many transfers share one HTTP 2 connection`() async throws {
    let server = try await NginxServer.start(.echo)
    try await withTransport { transport in
      try await withThrowingTaskGroup(of: TransportResponse.self) { group in
        // Bodies of the size of updates: nginx answers this location without reading the body, and
        // resets a stream whose body is still on its way.
        for index in 0..<60 {
          group.addTask {
            try await transport.send(
              request(
                index % 2 == 0 ? .get : .put, server.url("/put"),
                body: index % 2 == 0 ? nil : String(repeating: "b", count: index * 20),
                caFile: server.caFile))
          }
        }
        for try await response in group { #expect(response.status == 200) }
      }
      #expect(transport.counters.connectionsMade == 1)
      #expect(transport.counters.connectionsReused == 59)
    }
  }

  @Test func `transfers spread over connections where HTTP 2 is not offered`() async throws {
    let server = try await NginxServer.start(.echo, speaksHTTP2: false)
    var settings = CurlSettings()
    settings.maximumConnectionsPerHost = 4
    try await withTransport(settings) { transport in
      try await withThrowingTaskGroup(of: TransportResponse.self) { group in
        for _ in 0..<40 {
          group.addTask {
            try await transport.send(request(.get, server.url(), caFile: server.caFile))
          }
        }
        for try await response in group { #expect(response.httpVersion == "1.1") }
      }
      #expect((1...4).contains(transport.counters.connectionsMade))
      #expect(transport.counters.faults.isEmpty)
    }
  }

  @Test func `a server that speaks no TLS is refused before anything is sent`() async throws {
    let server = try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\n\r\n"), .hang] }
    let fault = try await withTransport {
      await $0.fault(request(.put, "https://127.0.0.1:\(server.port)/", body: "x"))
    }
    #expect(Verdict(fault) == Verdict(.tls, mayHaveBeenSent: false))
  }
}
