import GatewayCore
import Testing

@testable import Gateway

/// Goal: each path leads to one endpoint, and a known path says which methods it takes.
/// Method: a small table, and the gateway's own.
@Suite struct RouterTests {
  private let router = Router([
    (.get, "/a"), (.get, "/a/{x}"), (.patch, "/a/{x}"), (.post, "/a/{x}/b"), (.get, "/a/fixed"),
  ])

  private func match(_ method: HTTPMethod, _ target: String) -> String {
    let bytes = Array(target.utf8)
    guard let path = RequestPath(bytes.span) else { return "no path" }
    switch router.match(method, path, bytes.span) {
    case .endpoint(let index): return "\(index)"
    case .otherMethods(let methods): return methods.map(\.rawValue).joined(separator: " ")
    case .nothing: return "nothing"
    }
  }

  @Test(arguments: [
    (HTTPMethod.get, "/a", "0"), (.get, "/a/1", "1"), (.patch, "/a/1", "2"),
    (.post, "/a/1/b", "3"), (.get, "/a/fixed", "1"), (.get, "/a?x=1", "0"), (.head, "/a", "0"),
  ])
  func `path and method find their row`(method: HTTPMethod, target: String, row: String) {
    #expect(match(method, target) == row)
  }

  @Test(arguments: ["/b", "/", "/a/", "/a/1/", "/a//b", "/a/1/c", "/A", "/a/1/b/c", "/%61"])
  func `any other path finds nothing`(target: String) {
    #expect(match(.get, target) == "nothing")
  }

  @Test(arguments: [
    (HTTPMethod.post, "/a", "GET HEAD"), (.delete, "/a/1", "GET PATCH HEAD"),
    (.get, "/a/1/b", "POST"), (.head, "/a/1/b", "POST"), (.other, "/a", "GET HEAD"),
  ])
  func `another method is told which ones there are`(
    method: HTTPMethod, target: String, allow: String
  ) {
    #expect(match(method, target) == allow)
  }

  @Test func `every row of the table is reached by its own path`() {
    let table = RouteTable.endpoints
    let router = Router(table.map { ($0.method, $0.template) })
    for (row, endpoint) in table.enumerated() {
      let target = endpoint.template.replacing("{", with: "x").replacing("}", with: "")
      let bytes = Array(target.utf8)
      guard let path = RequestPath(bytes.span),
        case .endpoint(row) = router.match(endpoint.method, path, bytes.span)
      else {
        Issue.record("\(endpoint.id) is not reached")
        continue
      }
    }
  }

  @Test func `ids and pairs of method and path are unique`() {
    let table = RouteTable.endpoints
    #expect(Set(table.map(\.id)).count == table.count)
    #expect(Set(table.map { "\($0.method.rawValue) \($0.template)" }).count == table.count)
  }
}
