import GatewayCore
import Testing

@testable import Gateway

/// An OpenAPI document as a judge: every answer that a test gets must be in it.
struct Contract: Sendable, CustomTestStringConvertible {
  /// Of the public listener.
  static let apps = Contract(RouteTable.endpoints, .apps)
  /// Of the listener for operators.
  static let operators = Contract(AdminFixture().endpoints, .operators)

  let endpoints: [Endpoint]
  let audience: OpenAPIAudience
  let document: JSONValue
  private let router: Router

  init(_ endpoints: [Endpoint], _ audience: OpenAPIAudience) {
    self.endpoints = endpoints
    self.audience = audience
    document = OpenAPIDocument.make(endpoints, for: audience, version: gatewayVersion)
    router = Router(endpoints.map { ($0.method, $0.template) })
  }

  var testDescription: String { audience.title }

  /// Records an issue unless the operation that a request goes to may answer like that.
  func check(_ request: HTTPRequest, _ response: HTTPResponse) {
    guard let path = request.withTarget({ RequestPath($0) }),
      case .endpoint(let row) = request.withTarget({
        router.match(request.method, path, $0)
      })
    else {
      #expect([404, 405, 421].contains(response.status))
      return
    }
    let endpoint = endpoints[row]
    let method = endpoint.method.rawValue.lowercased()
    let responses = document["paths"]?[endpoint.template]?[method]?["responses"]
    guard let entry = responses?[String(response.status)].map(resolved) else {
      Issue.record("\(endpoint.id) answers \(response.status), which is not documented")
      return
    }
    for name in ["X-Request-Id", "ETag", "Retry-After", "WWW-Authenticate"]
    where response[name] != nil && response.status != 304 {
      #expect(entry["headers"]?[name] != nil, "\(endpoint.id) \(response.status) \(name)")
    }
    guard let type = response["Content-Type"]?.split(separator: ";").first.map(String.init) else {
      #expect([204, 303, 304].contains(response.status))
      return
    }
    #expect(entry["content"]?[type] != nil, "\(endpoint.id) \(response.status) \(type)")
    guard let problem = response.problem else { return }
    let schema = entry["content"]?[type]?["schema"]?["allOf"]?.array?.last
    let names = schema?["properties"]?["type"]?["enum"]?.array ?? []
    #expect(names.contains(.string("/problems/\(problem)")), "\(endpoint.id) \(problem)")
  }

  /// What a `$ref` leads to, or the value itself.
  func resolved(_ value: JSONValue) -> JSONValue {
    guard let reference = value["$ref"]?.string else { return value }
    return target(reference) ?? .null
  }

  /// What stands at a reference such as `#/components/schemas/Problem`.
  func target(_ reference: String) -> JSONValue? {
    guard reference.hasPrefix("#/") else { return nil }
    return reference.dropFirst(2).split(separator: "/").reduce(document) { value, name in
      value?[String(name)]
    }
  }
}
