import Foundation
import HeatPumpClient
import Testing

/// Goal: the client says and reads nothing that the gateway's OpenAPI document does not have.
/// Method: each of its calls is made against a transport that knows the document alone.
@Suite struct ContractTests {
  private let transport = DocumentTransport()

  @Test func `each request is one of the document's`() async throws {
    let gateway = GatewayClient(
      at: try #require(URL(string: "https://gateway.example.com")),
      credential: .bearer { "pgw_key" }, transport: transport, retry: .never)
    try await callEverything(gateway)
    var ids: Set<String> = []
    for request in transport.requests {
      let name = "\(request.method) \(request.url)"
      let operation = try #require(
        APIDocument.operation(request.method, request.url.path()), "\(name)")
      ids.insert(operation.id)
      #expect(findings(request, operation.value) == [], "\(name)")
      let statuses = operation.value["responses"]?.members.keys.filter { $0 < "400" } ?? []
      #expect(Set(statuses).isSubset(of: ["200", "202", "304"]), "\(name)")
    }
    #expect(
      ids == [
        "listHeatPumps", "getHeatPumpByReference", "patchHeatPumpByReference",
        "runCommandByReference", "listOperationsByReference", "getOperation", "cancelOperation",
        "createJob", "listJobs", "getJob", "cancelJob", "listJobResults", "readEvents",
        "openStream",
      ])
  }

  @Test func `a request that the document does not have is found`() throws {
    let url = try #require(URL(string: "https://x/v1/heat-pumps/a?field=b&limit=x"))
    let operation = try #require(APIDocument.operation("GET", url.path()))
    let request = ClientRequest(
      method: "GET", url: url, headers: ["If-Non-Match": "x"], body: nil, timeout: .seconds(1))
    #expect(
      findings(request, operation.value).sorted() == [
        "header If-Non-Match", "query field", "query limit",
      ])
    #expect(APIDocument.operation("GET", "/v1/heatpumps/a") == nil)
    #expect(APIDocument.operation("PUT", url.path()) == nil)
  }

  @Test func `a patch has every setting, with the type that it has there`() async throws {
    let body = try JSONDecoder().decode(AnyJSON.self, from: try await encoded(.everything))
    #expect(Conformance.findings(body, APIDocument.schema("HeatPumpPatch")) == [])
    let all = Sample(isFull: true).value(APIDocument.schema("HeatPumpPatch"))
    #expect(places(body) == places(all))
    let nothing = try JSONDecoder().decode(AnyJSON.self, from: try await encoded(HeatPumpPatch()))
    #expect(nothing == .object([:]))
  }

  // MARK: Help

  private func callEverything(_ gateway: GatewayClient) async throws {
    let age: [ReadAge] = [.usual, .newest, .atMost(3), .stale(60), .cachedOnly]
    for age in age { _ = try await gateway.heatPump("smith-home", fields: ["pause"], age: age) }
    _ = try await gateway.heatPump("smith-home", ifChangedFrom: "\"a.b\"")
    _ = try await gateway.heatPumps(fields: ["pause", "readings"], limit: 5, cursor: "x")
    for waiting in [WriteWaiting.usual, .notAtAll, .atMost(2)] {
      _ = try await gateway.update("x", .everything, ifMatch: "\"a.b\"", waiting: waiting)
    }
    let commands: [Command] = [
      .pauseFor("PT2H"), .pauseUntil(Date()), .resume, .comeBack, .stopOptimizing,
      .away(until: Date(), minimumTemperature: 16.5), .optimize(level: "max"),
    ]
    for command in commands { _ = try await gateway.run(command, on: "x", ifMatch: "\"a.b\"") }
    let operation = try await gateway.operation("o")
    _ = try await gateway.operations(of: "x", limit: 1, cursor: "1")
    _ = try await gateway.cancelOperation(operation.id)
    try await callJobs(gateway)
    let selection = EventSelection(types: [.jobEnded, .added], heatPumps: ["smith-home"])
    _ = try await gateway.events(after: 3, limit: 5, of: selection)
    for try await _ in gateway.stream(after: 3, of: selection) {}
  }

  private func callJobs(_ gateway: GatewayClient) async throws {
    let selections: [NewJob.Selection] = [
      .all, .heatPumps(["a"]), .users(["01a22ae9-176f-799b-9c15-1e16f6c60ca2"]),
      .filter(["/pause/active": false]),
    ]
    for selection in selections {
      for change in [NewJob.Change.patch(.everything), .command(.pauseFor("PT2H"))] {
        var job = NewJob(change, of: selection)
        job.ratePerSecond = 1.5
        job.ramp = ISODuration(.seconds(60))
        job.abortAbovePercent = 20
        job.deadline = Date()
        job.revertAfter = "PT1H"
        _ = try await gateway.start(job)
        _ = try await gateway.preview(job)
      }
    }
    _ = try await gateway.jobs(limit: 5, cursor: "1")
    _ = try await gateway.job("j")
    for revert in [nil, true] { _ = try await gateway.cancelJob("j", revert: revert) }
    _ = try await gateway.results(ofJob: "j", limit: 5, cursor: "1")
  }

  private func findings(_ request: ClientRequest, _ operation: AnyJSON) -> [String] {
    var findings: [String] = []
    let parameters = (operation["parameters"]?.list ?? []).map(APIDocument.resolved)
    func schema(_ name: String, _ place: String) -> AnyJSON? {
      parameters.first {
        $0["in"]?.text == place && $0["name"]?.text?.lowercased() == name.lowercased()
      }?["schema"]
    }
    let query = URLComponents(url: request.url, resolvingAgainstBaseURL: false)?.queryItems ?? []
    for item in query where !fits(item.value ?? "", schema(item.name, "query")) {
      findings.append("query \(item.name)")
    }
    let own: Set = ["Accept", "Authorization", "Content-Type", "User-Agent"]
    for (name, _) in request.headers where !own.contains(name) && schema(name, "header") == nil {
      findings.append("header \(name)")
    }
    guard let data = request.body, let body = try? JSONDecoder().decode(AnyJSON.self, from: data)
    else { return findings }
    let content = operation["requestBody"]?["content"]?[request.headers["Content-Type"] ?? ""]
    guard let schema = content?["schema"] else { return findings + ["content type"] }
    return findings + Conformance.findings(body, schema)
  }

  private func fits(_ text: String, _ schema: AnyJSON?) -> Bool {
    guard let schema else { return false }
    switch schema["type"]?.text {
    case "integer": return Int(text) != nil
    case "array":
      let list = AnyJSON.array(text.split(separator: ",").map { .string(String($0)) })
      return Conformance.findings(list, schema).isEmpty
    default: return true
    }
  }

  private func encoded(_ patch: HeatPumpPatch) async throws -> Data {
    _ = try await GatewayClient(
      at: try #require(URL(string: "https://x")), credential: .certificate, transport: transport
    ).update("x", patch)
    return try #require(transport.requests.last?.body)
  }

  private func places(_ value: AnyJSON, at path: String = "") -> Set<String> {
    guard case .object(let members) = value else { return [path] }
    return members.reduce(into: []) { $0.formUnion(places($1.value, at: "\(path)/\($1.key)")) }
  }
}

extension HeatPumpPatch {
  /// Sets every setting there is, those that can be to null.
  static let everything = {
    var patch = HeatPumpPatch()
    patch.optimization.enabled = .to(true)
    patch.optimization.level = .to("mid")
    patch.optimization.score = .to(nil)
    patch.pause.until = .to(nil)
    patch.pause.active = .to(false)
    patch.away.enabled = .to(nil)
    patch.away.start = .to(Date(timeIntervalSince1970: 1_800_000_000))
    patch.away.end = .to(nil)
    patch.away.minimumTemperature = .to(16.5)
    patch.spaceHeating.enabled = .to(true)
    patch.spaceHeating.minimumTemperature = .to(nil)
    patch.spaceHeating.maximumTemperature = .to(24)
    patch.spaceHeating.targetOffset = .to(0.5)
    patch.spaceCooling.enabled = .to(nil)
    patch.poolHeating.enabled = .to(false)
    patch.hotWater.enabled = .to(true)
    patch.hotWater.standardTemperature = .to(50.5)
    patch.hotWater.minimumTemperature = .to(nil)
    patch.heatingPolicy.enabled = .to(true)
    patch.heatingPolicy.name = .to("night")
    patch.inverter.forcedModeEnabled = .to(true)
    patch.market.priceZone = .to("AT")
    patch.market.tradingEnabled = .to(false)
    patch.comment = .to(nil)
    patch.buildingId = .to("01a22ae9-176f-799b-9c15-1e16f6c60ca2")
    patch.device.manufacturer = .to("Nordwind")
    patch.device.model = .to("Aero")
    patch.device.year = .to(nil)
    patch.device.type.shortName = .to("HP")
    patch.device.type.longName = .to("Heat pump")
    patch.device.cloudServiceId = .to(nil)
    patch.lifecycle.state = .to("ok")
    patch.lifecycle.error = .to(nil)
    patch.lifecycle.deletedAt = .to(nil)
    patch.status.steeringState = .to("on")
    patch.status.lastMonitoredAt = .to(nil)
    return patch
  }()
}
