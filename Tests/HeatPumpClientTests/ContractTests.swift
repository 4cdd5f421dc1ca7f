import Foundation
import HeatPumpClient
import Testing

/// Goal: the client says and reads nothing that the gateway's OpenAPI document does not have, and
/// leaves nothing of it out.
/// Method: each of its calls is made against a transport that knows the document alone.
@Suite struct ContractTests {
  private let transport = DocumentTransport()

  /// Operations that the client has no call for, with the reasons.
  private static let exceptions = [
    "receiveEvent": "home automation sends it, with a signature of its own in place of a key",
    "receiveEventByToken": "home automation sends it, with a token in place of a key",
    "getHealth": "for what supervises the process",
    "getReadiness": "for load balancers",
    "getOpenAPI": "for tools; the client was made from it",
    "getDocs": "for people with a browser",
    "listProblems": "for people with a browser",
    "getProblem": "for people with a browser",
  ]

  /// Parameters that the client does not send, with the reasons; those of one operation with it.
  private static let unsent = [
    "view": "the upstream's own form, which the client has no types for",
    "dry_run": "the upstream's own form, too; a job has its preview",
    "readEvents cursor": "it sends `after`, which can be kept",
    "openStream after": "it sends `Last-Event-ID`",
  ]

  @Test func `each request is one of the document's`() async throws {
    try await EveryCall(gateway: gateway()).run()
    for request in transport.requests {
      let name = "\(request.method) \(request.url)"
      let operation = try #require(
        APIDocument.operation(request.method, request.url.path()), "\(name)")
      #expect(findings(request, operation.value) == [], "\(name)")
      let statuses = operation.value["responses"]?.members.keys.filter { $0 < "400" } ?? []
      #expect(Set(statuses).isSubset(of: ["200", "201", "202", "204", "304"]), "\(name)")
    }
  }

  @Test func `each operation has a call, and each parameter a place in it`() async throws {
    try await EveryCall(gateway: gateway()).run()
    var called: Set<String> = []
    var unsent: Set<String> = []
    for (id, requests) in Dictionary(grouping: transport.requests, by: operationID) {
      called.insert(id)
      let sent = Set(requests.flatMap { query($0).map(\.name) })
      for name in APIDocument.queryParameters(id) where !sent.contains(name) {
        unsent.insert(Self.unsent[name] == nil ? "\(id) \(name)" : name)
      }
    }
    #expect(Set(APIDocument.operations.keys).subtracting(called) == Set(Self.exceptions.keys))
    #expect(called.isDisjoint(with: Self.exceptions.keys))
    #expect(unsent == Set(Self.unsent.keys))
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
    _ = try await gateway().update("x", .everything)
    try expectAllOf("HeatPumpPatch")
    _ = try await gateway().update("x", HeatPumpPatch())
    #expect(try lastBody() == .object([:]))
  }

  @Test func `so have a subscription and its patch`() async throws {
    _ = try await gateway().subscribe(.everything)
    try expectAllOf("NewSubscription")
    _ = try await gateway().updateSubscription("x", .everything)
    try expectAllOf("SubscriptionPatch")
    _ = try await gateway().updateSubscription("x", SubscriptionPatch())
    #expect(try lastBody() == .object([:]))
  }

  @Test func `a change of a subscription says which version it is of`() async throws {
    let client = try gateway()
    let read = try await client.subscription("s")
    #expect(read.tag == "\"a.b\"")
    _ = try await client.updateSubscription("s", .everything, ifMatch: read.tag)
    _ = try await client.pauseSubscription("s", ifMatch: read.tag)
    _ = try await client.resumeSubscription("s", ifMatch: read.tag)
    _ = try await client.rotateSecret(ofSubscription: "s", ifMatch: read.tag)
    try await client.deleteSubscription("s", ifMatch: read.tag)
    let sent = transport.requests.dropFirst()
    #expect(sent.count == 5 && sent.allSatisfy { $0.headers["If-Match"] == "\"a.b\"" })
    try await client.deleteSubscription("s")
    #expect(transport.requests.last?.headers["If-Match"] == nil)
  }

  // MARK: Help

  private func gateway() throws -> GatewayClient {
    GatewayClient(
      at: try #require(URL(string: "https://gateway.example.com")),
      credential: .bearer { "pgw_key" }, transport: transport, retry: .never)
  }

  private func operationID(_ request: ClientRequest) -> String {
    APIDocument.operation(request.method, request.url.path())?.id ?? "none"
  }

  private func query(_ request: ClientRequest) -> [URLQueryItem] {
    URLComponents(url: request.url, resolvingAgainstBaseURL: false)?.queryItems ?? []
  }

  private func lastBody() throws -> AnyJSON {
    try JSONDecoder().decode(AnyJSON.self, from: try #require(transport.requests.last?.body))
  }

  /// The last body is one of the schema, with all members that it has.
  private func expectAllOf(_ name: String) throws {
    let body = try lastBody()
    #expect(Conformance.findings(body, APIDocument.schema(name)) == [])
    #expect(places(body) == places(Sample(isFull: true).value(APIDocument.schema(name))))
  }

  private func findings(_ request: ClientRequest, _ operation: AnyJSON) -> [String] {
    var findings: [String] = []
    let parameters = (operation["parameters"]?.list ?? []).map(APIDocument.resolved)
    func schema(_ name: String, _ place: String) -> AnyJSON? {
      parameters.first {
        $0["in"]?.text == place && $0["name"]?.text?.lowercased() == name.lowercased()
      }?["schema"]
    }
    for item in query(request) where !fits(item.value ?? "", schema(item.name, "query")) {
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
    default: return Conformance.findings(.string(text), schema).isEmpty
    }
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
