import GatewayCore

/// `GET /`: what there is to look at, for an operator who has logged in.
enum HomePage {
  /// The row of the operators' table.
  static func endpoint(_ gateway: GatewayState) -> Endpoint {
    Endpoint(
      id: "getHome", method: .get, template: "/", access: .open,
      summary: "What there is to look at.",
      answers: [
        .init(200, "A page.", ["type": "string"], type: "text/html"),
        .init(303, "To the page to log in at.", [Endpoint.Answer.Content]()),
      ]
    ) { call throws(GatewayFault) in
      try AdminGate.page(call) { visitor in page(visitor, call.services.endpoints, gateway) }
    }
  }

  private static func page(
    _ visitor: AdminGate.Visitor, _ endpoints: [Endpoint], _ gateway: GatewayState
  ) -> HTTPResponse {
    let isOperator = visitor.role == .operator
    let links = endpoints.filter { isToSee($0, visitor.role) }.map { endpoint in
      let path = DocsPage.escaped(endpoint.template)
      return "<li><a href=\"\(path)\">\(path)</a>: \(DocsPage.escaped(endpoint.summary))</li>"
    }
    let logout = visitor.session.map { session in
      """
      <form method="post" action="/logout">
      <input type="hidden" name="csrf_token" value="\(session.csrfToken)">
      <p>Logged in with the role <strong>\(visitor.role.rawValue)</strong>.
      <button>Log out</button></p></form>
      """
    }
    let status = isOperator ? "<h2>Status</h2>\(list(StatusPage.json(gateway)))" : ""
    return AdminPage.response(
      "Overview",
      "\(logout ?? "")<nav aria-label=\"Pages\"><ul>\(links.joined())</ul></nav>\(status)")
  }

  private static func isToSee(_ endpoint: Endpoint, _ role: Endpoint.AdminRole) -> Bool {
    guard endpoint.method == .get, !endpoint.template.contains("{"),
      !["/", "/login"].contains(endpoint.template)
    else { return false }
    guard case .admin(let required) = endpoint.access else { return endpoint.access == .open }
    return role == .operator || role == required
  }

  /// A value as nested lists.
  static func list(_ value: JSONValue) -> String {
    switch value {
    case .object(let object):
      let rows = object.members.map { member in
        "<dt>\(DocsPage.escaped(name(member.key)))</dt><dd>\(list(member.value))</dd>"
      }
      return "<dl>\(rows.joined())</dl>"
    case .array(let elements):
      return "<ul>\(elements.map { "<li>\(list($0))</li>" }.joined())</ul>"
    case .string(let text): return DocsPage.escaped(text)
    case .bool(let isTrue): return isTrue ? "yes" : "no"
    case .null: return "none"
    case .number: return DocsPage.escaped(value.text)
    }
  }

  private static func name(_ key: String) -> String {
    String(key.map { $0 == "_" ? " " : $0 })
  }
}
