import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: a gateway ends without breaking off a request, and at the latest when its time is over.
/// Method: signals, while the simulator holds an answer back.
@Suite struct LifecycleTests {
  @Test func `SIGTERM lets the running request end and takes no new one`() async throws {
    try await withStage { stage in
      stage.simulator.setFault(SimulatorFault(.hang(), call: .detail))
      async let running = stage.portal.get(stage.path(1))
      await stage.simulator.waitForRequests(.detail, count: 1)
      stage.gateway.signal(SIGTERM)
      try await stage.gateway.waitForLine("draining") { $0["message"]?.string == "draining" }
      try await eventually("refusal of new connections") {
        (try? RawHTTPClient(port: stage.gateway.port)) == nil
      }
      #expect(stage.gateway.ending == nil)
      stage.simulator.clearFaults()
      #expect(try await running.status == 200)
      #expect(try await stage.gateway.wait() == .exited(0))
      #expect(stage.gateway.log.last?["message"]?.string == "stopped")
    }
  }

  @Test func `the service manager hears when it serves and when it drains`() async throws {
    let folder = try TemporaryFolder()
    let socket = try DatagramSocket(path: folder.path + "/notify")
    try await withStage(gateway: { $0.environment["NOTIFY_SOCKET"] = socket.path }) { stage in
      #expect(socket.receive() == "READY=1")
      let answer = try await stage.portal.get(stage.path(1))
      #expect(answer.status == 200)
      stage.gateway.signal(SIGHUP)
      #expect(socket.receive().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
      #expect(socket.receive() == "READY=1")
      #expect(try await stage.gateway.terminate() == .exited(0))
      #expect(socket.receive() == "STOPPING=1")
    }
  }

  @Test func `its memory goes into no core dump`() async throws {
    try await withStage { stage in
      let limits = String(
        decoding: readFile("/proc/\(stage.gateway.id)/limits") ?? [], as: UTF8.self)
      let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
      let words = try #require(core).split(separator: " ").map(String.init)
      #expect(Array(words.dropFirst(4).prefix(2)) == ["0", "0"])
    }
  }

  @Test func `a write under way is answered before the end`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.get(stage.path(1))
      stage.simulator.setFault(SimulatorFault(.hang(applied: true), call: .update))
      async let running = stage.portal.patch(stage.path(1), patch("/pause/active", true))
      await stage.simulator.waitForRequests(.update, count: 1)
      stage.gateway.signal(SIGTERM)
      try await stage.gateway.waitForLine("draining") { $0["message"]?.string == "draining" }
      stage.simulator.clearFaults()
      let answer = try await running
      #expect(answer.at("/write/status")?.string == "applied")
      #expect(try await stage.gateway.wait() == .exited(0))
    }
  }

  @Test func `the drain has an end`() async throws {
    try await withStage(gateway: { $0.more["limits"] = ["drain": "PT0.3S"] }) { stage in
      stage.simulator.setFault(SimulatorFault(.hang(), call: .detail))
      async let running = stage.portal.get(stage.path(1))
      await stage.simulator.waitForRequests(.detail, count: 1)
      stage.gateway.signal(SIGTERM)
      let answer = try await running
      #expect(answer.verdict == "503 shutting-down")
      #expect(answer.headers["retry-after"] != nil)
      #expect(try await stage.gateway.wait() == .exited(0))
    }
  }

  @Test func `a second SIGTERM ends at once`() async throws {
    try await withStage { stage in
      stage.simulator.setFault(SimulatorFault(.hang(), call: .detail))
      let hopeless = try RawHTTPClient(port: stage.gateway.port)
      try await hopeless.send(
        """
        GET /v1/heat-pumps/smith-home HTTP/1.1\r\nHost: gateway\r\n\
        Authorization: Bearer \(TestKey.portal.key)\r\n\r\n
        """)
      await stage.simulator.waitForRequests(.detail, count: 1)
      stage.gateway.signal(SIGTERM)
      try await stage.gateway.waitForLine("draining") { $0["message"]?.string == "draining" }
      stage.gateway.signal(SIGTERM)
      #expect(try await stage.gateway.wait() == .exited(128 + SIGTERM))
    }
  }

  @Test func `SIGHUP ends nothing`() async throws {
    try await withStage { stage in
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
      stage.gateway.signal(SIGHUP)
      try await stage.gateway.waitForLine("SIGHUP") {
        $0["message"] == "configuration loaded" && $0["occasion"] == "SIGHUP"
      }
      #expect(try await stage.portal.get(stage.path(1)).status == 200)
      #expect(try await stage.portal.get(stage.path(2)).status == 200)
    }
  }

  @Test func `a killed gateway starts again as if nothing had been`() async throws {
    try await withStage { stage in
      _ = try await stage.portal.patch(stage.path(1), patch("/pause/active", true))
      stage.gateway.signal(SIGKILL)
      #expect(try await stage.gateway.wait() == .killed(SIGKILL))
      var setup = GatewaySetup(origin: stage.simulator.origin)
      setup.more["listen"] = ["port": .number(ExactDecimal(Int(stage.gateway.port)))]
      let successor = try await GatewayProcess.start(setup)
      let client = HTTPClient(port: successor.port, key: .portal, transcript: Locked([]))
      let read = try await client.get("/v1/heat-pumps/smith-home")
      #expect(read.at("/pause/active")?.bool == true)
      #expect(try await successor.terminate() == .exited(0))
    }
  }
}
