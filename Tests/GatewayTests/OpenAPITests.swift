import GatewayCore
import HeatPumps
import Testing

@testable import Gateway

/// Goal: the OpenAPI documents are valid and say what the tables say.
/// Method: their structure is walked and held against routes, fields and problems.
@Suite struct OpenAPITests {
  private static let both = [Contract.apps, Contract.operators]
  private let document = Contract.apps.document
  private let endpoints = RouteTable.endpoints

  private func operation(
    _ endpoint: Endpoint, in contract: Contract = .apps
  ) -> JSONValue? {
    contract.document["paths"]?[endpoint.template]?[endpoint.method.rawValue.lowercased()]
  }

  /// Every value in the document with the path that leads to it.
  private func walk(
    _ value: JSONValue, _ path: String = "#", _ visit: (String, JSONValue) -> Void
  ) {
    visit(path, value)
    switch value {
    case .object(let object):
      for (name, member) in object.members { walk(member, "\(path)/\(name)", visit) }
    case .array(let elements):
      for (index, element) in elements.enumerated() { walk(element, "\(path)/\(index)", visit) }
    default: break
    }
  }

  @Test(arguments: both) func `the paths are those of the route table`(contract: Contract) {
    var seen: Set<String> = []
    for (template, item) in contract.document["paths"]?.object?.members ?? [] {
      for method in item.object?.keys ?? [] { seen.insert("\(method) \(template)") }
    }
    #expect(
      seen == Set(contract.endpoints.map { "\($0.method.rawValue.lowercased()) \($0.template)" }))
  }

  @Test(arguments: both)
  func `every reference leads somewhere, and every component is used`(contract: Contract) {
    var used: Set<String> = []
    walk(contract.document) { path, value in
      guard let reference = value["$ref"]?.string else { return }
      used.insert(reference)
      #expect(contract.target(reference) != nil, "\(path) leads to \(reference)")
    }
    for kind in ["schemas", "responses", "parameters", "headers"] {
      for name in contract.document["components"]?[kind]?.object?.keys ?? [] {
        #expect(used.contains("#/components/\(kind)/\(name)"), "\(kind)/\(name) is not used")
      }
    }
  }

  @Test(arguments: both)
  func `every parameter of a path is declared, and no other`(contract: Contract) {
    for endpoint in contract.endpoints {
      let inTemplate = endpoint.template.split(separator: "/").filter { $0.hasPrefix("{") }
        .map { String($0.dropFirst().dropLast()) }
      let parameters =
        operation(endpoint, in: contract)?["parameters"]?.array?.map(contract.resolved) ?? []
      let declared = parameters.filter { $0["in"] == "path" }
      #expect(declared.compactMap { $0["name"]?.string } == inTemplate, "\(endpoint.id)")
      #expect(declared.allSatisfy { $0["required"] == true && $0["schema"] != nil })
      let query = parameters.filter { $0["in"] == "query" }
      #expect(query.compactMap { $0["name"]?.string } == endpoint.queryNames)
      for parameter in query where parameter["schema"]?["type"] == "array" {
        #expect(parameter["explode"] == false)
      }
    }
  }

  @Test(arguments: both)
  func `every documented status is one that the endpoint can give, and every one that it can`(
    contract: Contract
  ) {
    for endpoint in contract.endpoints {
      let problems = endpoint.problems.union(contract.audience.problems)
      var expected = Set(problems.map { ProblemCatalogue.entry($0).status })
      expected.formUnion(endpoint.answers.map(\.status))
      if [.read, .page].contains(endpoint.conditions) { expected.insert(304) }
      let responses = operation(endpoint, in: contract)?["responses"]?.object
      #expect(Set(responses?.keys ?? []) == Set(expected.map(String.init)), "\(endpoint.id)")
      for (status, entry) in responses?.members ?? [] {
        let response = contract.resolved(entry)
        #expect(response["description"]?.string?.isEmpty == false)
        guard let problem = response["content"]?["application/problem+json"] else { continue }
        let schema = problem["schema"]?["allOf"]?.array?.last?["properties"]
        #expect(schema?["status"]?["const"]?.integer == Int(status))
      }
    }
  }

  @Test func `the problem schema lists all problems`() {
    let schema = document["components"]?["schemas"]?["Problem"]?["properties"]
    let names = schema?["type"]?["enum"]?.array?.compactMap(\.string) ?? []
    #expect(names == ProblemType.allCases.map { "/problems/\($0.rawValue)" })
    let resolutions = schema?["resolution"]?["enum"]?.array?.compactMap(\.string) ?? []
    #expect(resolutions == Resolution.allCases.map(\.rawValue))
  }

  @Test func `a problem that no endpoint gives is one of a path, or of none`() {
    let given = Self.both.reduce(into: Set<ProblemType>()) { given, contract in
      given.formUnion(contract.audience.problems)
      for endpoint in contract.endpoints { given.formUnion(endpoint.problems) }
    }
    // Of a path without that method; and chunked bodies are read.
    #expect(Set(ProblemType.allCases).subtracting(given) == [.methodNotAllowed, .lengthRequired])
  }

  @Test func `each endpoint says who may call it`() {
    for endpoint in endpoints {
      let security = operation(endpoint)?["security"]?.array
      switch endpoint.access {
      case .open, .hook: #expect(security == [], "\(endpoint.id)")
      case .app(let scopes):
        #expect(
          security
            == [["bearer": []], ["access_token": []], ["api_key": []], ["certificate": []]])
        let names = operation(endpoint)?["x-scopes"]?.array?.compactMap(\.string)
        #expect(names == scopes.names && !scopes.isEmpty)
      case .admin: Issue.record("\(endpoint.id) has no business on the public listener")
      }
    }
    for endpoint in Contract.operators.endpoints {
      let operation = operation(endpoint, in: .operators)
      let security = operation?["security"]?.array
      switch endpoint.access {
      case .open: #expect(security == [], "\(endpoint.id)")
      case .admin(let role):
        #expect(security == [["bearer": []], ["api_key": []], ["session": []]])
        #expect(operation?["x-role"]?.string == role.rawValue)
      case .app, .hook: Issue.record("\(endpoint.id) has no business on the operators' listener")
      }
    }
    let schemes = document["components"]?["securitySchemes"]?.object?.members ?? []
    #expect(
      schemes.compactMap { $0.value["type"]?.string } == ["http", "http", "apiKey", "mutualTLS"])
    let unknown = document["components"]?["responses"]?["unauthenticated"]?["description"]?.string
    for word in ["key", "access token", "client certificate"] {
      #expect(unknown?.contains(word) == true)
    }
  }

  @Test func `the schemas hold all fields of the field table`() {
    func pointers(_ schema: JSONValue?, _ prefix: String = "") -> Set<String> {
      guard let members = schema?["properties"]?.object?.members else { return [prefix] }
      return members.reduce(into: []) { $0.formUnion(pointers($1.value, prefix + "/" + $1.key)) }
    }
    let schemas = document["components"]?["schemas"]
    #expect(pointers(schemas?["HeatPump"]) == Set(FieldTable.fields.map(\.pointer)))
    #expect(pointers(schemas?["HeatPumpPatch"]) == Set(FieldTable.writableFields.map(\.pointer)))
    #expect(schemas?["TrimmedHeatPump"]?["required"] == ["id"])
  }

  @Test(arguments: both) func `every schema is of a known type`(contract: Contract) {
    let types = ["object", "array", "string", "number", "integer", "boolean", "null"]
    walk(contract.document) { path, value in
      guard let type = value["type"], !path.hasSuffix("/properties"),
        !path.contains("/securitySchemes/")
      else { return }
      let names = type.array ?? [type]
      #expect(names.allSatisfy { types.contains($0.string ?? "") }, "\(path)")
      if type == "array" { #expect(value["items"] != nil, "\(path)") }
    }
  }

  @Test func `the version is that of the gateway`() {
    #expect(document["openapi"] == "3.1.0")
    #expect(document["info"]?["version"]?.string == gatewayVersion)
  }
}
