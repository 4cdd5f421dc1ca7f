import GatewayCore

/// Whom an OpenAPI document is for: the callers of one listener.
struct OpenAPIAudience: Sendable {
  let title: String
  /// In a sentence.
  let summary: String
  /// The parts that operations are shown in; what fits no other is in the last.
  let groups: [OpenAPIGroup]
  /// The ways to show who is calling, by name.
  let securitySchemes: JSONValue
  /// What 401 means here.
  let unauthenticated: String
  /// The problems that every request may meet.
  let problems: Set<ProblemType>

  /// The callers of the public listener.
  static let apps = OpenAPIAudience(
    title: "Podero partner gateway",
    summary:
      "A simplified heat pump API in front of the Podero partner API. Problems are RFC 9457.",
    groups: OpenAPIGroup.forApps,
    securitySchemes: [
      "bearer": bearer("One of the app's keys."),
      "access_token": [
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": """
        An access token of the company's identity provider, where one is configured. Its scopes \
        may be fewer than the app's.
        """,
      ],
      "api_key": apiKey("One of the app's keys."),
      "certificate": [
        "type": "mutualTLS",
        "description": """
        The app's client certificate, where the gateway serves TLS and asks for one. A key or an \
        access token beside it must be the same app's.
        """,
      ],
    ],
    unauthenticated: "It shows no key, access token or client certificate of an app, one that has "
      + "ended, or several that are not the same app's; or, at a hook, no proof of its source.",
    problems: EndpointProblems.common)

  /// Those who run the gateway.
  static let operators = OpenAPIAudience(
    title: "Podero partner gateway, for operators",
    summary: "What the listener for operators offers. Problems are RFC 9457.",
    groups: OpenAPIGroup.forOperators,
    securitySchemes: [
      "bearer": bearer("An operator's key."),
      "api_key": apiKey("An operator's key."),
      "session": [
        "type": "apiKey", "in": "cookie",
        "name": .string(SessionCookie.name(isSecure: false)),
        "description": .string(
          "What a browser gets at `/login`; over https it is called "
            + "`\(SessionCookie.name(isSecure: true))`. Whatever changes something needs its token "
            + "in `X-CSRF-Token`, too."),
      ],
    ],
    unauthenticated: "It shows no key of an operator and no session, or one that has ended.",
    problems: EndpointProblems.common.union([.misdirectedRequest]))

  private static func bearer(_ description: String) -> JSONValue {
    ["type": "http", "scheme": "bearer", "description": .string(description)]
  }

  private static func apiKey(_ description: String) -> JSONValue {
    [
      "type": "apiKey", "in": "header", "name": "X-API-Key",
      "description": .string(description),
    ]
  }

  /// What a caller may do to be known: one of them is enough.
  var security: JSONValue {
    .array(
      (securitySchemes.object?.keys ?? []).map { name in
        var requirement = JSONObject()
        requirement[name] = []
        return .object(requirement)
      })
  }

  /// The part that an operation is shown in.
  func group(of endpoint: Endpoint) -> OpenAPIGroup {
    groups.first { $0.takes(endpoint) } ?? groups[groups.count - 1]
  }

  /// The problems that an endpoint can answer with, by status.
  func problems(of endpoint: Endpoint) -> [(status: Int, types: [ProblemType])] {
    let types = endpoint.problems.union(problems)
    let entries = ProblemCatalogue.entries.filter { types.contains($0.type) }
    return Set(entries.map(\.status)).sorted().map { status in
      (status, entries.filter { $0.status == status }.map(\.type))
    }
  }
}
