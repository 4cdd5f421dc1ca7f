import GatewayCore
import HeatPumps

/// The OpenAPI 3.1 description, generated from the route table, the field table and the problem
/// catalogue, so that it cannot say anything else than they do.
enum OpenAPIDocument {
  static func make(_ endpoints: [Endpoint], version: String) -> JSONValue {
    [
      "openapi": "3.1.0",
      "info": [
        "title": "Podero partner gateway", "version": .string(version),
        "description":
          "A simplified heat pump API in front of the Podero partner API. Problems are RFC 9457.",
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": "/"]],
      "tags": .array(
        OpenAPIGroup.all.map {
          ["name": .string($0.name), "description": .string($0.summary)]
        }),
      "paths": paths(endpoints),
      "components": [
        "schemas": .object(schemas), "responses": .object(problemResponses(endpoints)),
        "parameters": .object(headerParameters), "headers": .object(answerHeaders),
        "securitySchemes": securitySchemes,
      ],
    ]
  }

  private static func paths(_ endpoints: [Endpoint]) -> JSONValue {
    var paths = JSONObject()
    for endpoint in endpoints {
      var item = paths[endpoint.template]?.object ?? JSONObject()
      item[endpoint.method.rawValue.lowercased()] = operation(endpoint)
      paths[endpoint.template] = .object(item)
    }
    return .object(paths)
  }

  private static func operation(_ endpoint: Endpoint) -> JSONValue {
    var operation = JSONObject()
    operation["operationId"] = .string(endpoint.id)
    operation["tags"] = [.string(OpenAPIGroup.of(endpoint).name)]
    operation["summary"] = .string(endpoint.summary)
    operation["parameters"] = .array(
      pathParameters(endpoint) + endpoint.query.map(queryParameter)
        + headerNames(endpoint).map { ["$ref": .string("#/components/parameters/\($0)")] })
    if let body = endpoint.body {
      var content = JSONObject()
      for type in body.contentTypes { content[type] = ["schema": body.schema] }
      operation["requestBody"] = [
        "required": .bool(body.isRequired), "content": .object(content),
      ]
    }
    operation["responses"] = .object(responses(endpoint))
    switch endpoint.access {
    case .open, .admin, .hook:
      operation["security"] = []
    case .app(let scopes):
      operation["security"] = security
      operation["x-scopes"] = .array(scopes.names.map(JSONValue.string))
    }
    return .object(operation)
  }

  // MARK: Parameters

  private static func pathParameters(_ endpoint: Endpoint) -> [JSONValue] {
    endpoint.template.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
      let name = String(segment.dropFirst().dropLast())
      let schema: JSONValue =
        if name.hasSuffix("_id") {
          ["type": "string", "format": "uuid"]
        } else if name == "name" {
          ["type": "string", "enum": .array(names(endpoint).map(JSONValue.string))]
        } else {
          ["type": "string", "minLength": 1]
        }
      let summary =
        pathSummaries[name] ?? (endpoint.conditions == .write ? "The command." : "Its name.")
      return [
        "name": .string(name), "in": "path", "required": true, "schema": schema,
        "description": .string(summary),
      ]
    }
  }

  private static let pathSummaries = [
    "ref": "An alias from the configuration, or the id of a heat pump that the gateway knows.",
    "user_id": "The heat pump's owner.", "heat_pump_id": "The heat pump.",
    "hook": "The hook's name in the configuration.",
    "token": "What nobody can guess, as the configuration's hash of it says.",
    "operation_id": "The write.", "job_id": "The job.", "event_id": "The event.",
    "subscription_id": "The subscription.", "delivery_id": "The delivery.",
  ]

  private static func names(_ endpoint: Endpoint) -> [String] {
    endpoint.conditions == .write ? HeatPumpCommand.names : ProblemType.allCases.map(\.rawValue)
  }

  private static func queryParameter(_ parameter: Endpoint.QueryParameter) -> JSONValue {
    var object = JSONObject()
    object["name"] = .string(parameter.name)
    object["in"] = "query"
    object["schema"] = parameter.schema
    if parameter.schema["type"] == "array" {
      object["style"] = "form"
      object["explode"] = false
    }
    object["description"] = .string(parameter.summary)
    return .object(object)
  }

  private static func headerNames(_ endpoint: Endpoint) -> [String] {
    guard endpoint.access != .open else {
      return endpoint.conditions == .page ? ["X-Request-Id", "If-None-Match"] : ["X-Request-Id"]
    }
    let common = ["X-Request-Id", "Request-Timeout", "traceparent"]
    switch endpoint.conditions {
    case .none, .page: return common
    case .read: return common + ["If-None-Match", "Cache-Control"]
    case .write: return common + ["If-Match", "Prefer", "Idempotency-Key"]
    case .version:
      let changes = endpoint.problems.contains(.preconditionFailed)
      return changes ? common + ["If-Match-Version"] : common
    case .creation: return common + ["Idempotency-Key"]
    // A stream has no end that a deadline could be for.
    case .resume: return ["X-Request-Id", "traceparent", "Last-Event-ID"]
    }
  }

  // MARK: Responses

  private static func responses(_ endpoint: Endpoint) -> JSONObject {
    var responses = JSONObject()
    for answer in endpoint.answers {
      responses[String(answer.status)] = response(answer, endpoint)
    }
    if endpoint.conditions == .read || endpoint.conditions == .page {
      responses["304"] = [
        "description": "The caller has this state already.",
        "headers": .object(JSONObject(answerHeaderReferences(["ETag"]))),
      ]
    }
    for (status, types) in problems(endpoint) where responses[String(status)] == nil {
      responses[String(status)] = [
        "$ref": .string("#/components/responses/\(responseName(types))")
      ]
    }
    return responses
  }

  private static func response(_ answer: Endpoint.Answer, _ endpoint: Endpoint) -> JSONValue {
    var content = JSONObject()
    for form in answer.contents { content[form.type] = ["schema": form.schema] }
    if let types = problems(endpoint).first(where: { $0.status == answer.status })?.types {
      content["application/problem+json"] = ["schema": problemSchema(answer.status, types)]
    }
    var headers = ["X-Request-Id"]
    if endpoint.conditions == .read { headers += ["ETag", "Age", "Cache-Status", "Gateway-Stale"] }
    if [.write, .page].contains(endpoint.conditions) { headers.append("ETag") }
    if endpoint.conditions == .version, !answer.contents.isEmpty { headers.append("ETag") }
    return [
      "description": .string(answer.summary),
      "headers": .object(JSONObject(answerHeaderReferences(headers))),
      "content": .object(content),
    ]
  }

  /// The problems that an endpoint can answer with, by status.
  private static func problems(
    _ endpoint: Endpoint
  ) -> [(status: Int, types: [ProblemType])] {
    let types = endpoint.problems.union(EndpointProblems.common)
    let entries = ProblemCatalogue.entries.filter { types.contains($0.type) }
    return Set(entries.map(\.status)).sorted().map { status in
      (status, entries.filter { $0.status == status }.map(\.type))
    }
  }

  /// The problem responses of all endpoints, each named by its problems.
  private static func problemResponses(_ endpoints: [Endpoint]) -> JSONObject {
    var responses = JSONObject()
    for (status, types) in endpoints.flatMap(problems) {
      let titles = types.map { "\(ProblemCatalogue.entry($0).title) (`\($0.rawValue)`)" }
      var description = titles.joined(separator: "; ") + "."
      var headers = ["X-Request-Id"]
      if status == 401 {
        headers.append("WWW-Authenticate")
        description +=
          " It shows no key, access token or client certificate of an app, one that has ended, or "
          + "several that are not the same app's; or, at a hook, no proof of its source."
      }
      if status == 429 || status == 503 { headers.append("Retry-After") }
      if status == 429 { headers += ["RateLimit", "RateLimit-Policy"] }
      responses[responseName(types)] = [
        "description": .string(description),
        "headers": .object(JSONObject(answerHeaderReferences(headers))),
        "content": ["application/problem+json": ["schema": problemSchema(status, types)]],
      ]
    }
    return responses
  }

  private static func responseName(_ types: [ProblemType]) -> String {
    types.map(\.rawValue).joined(separator: ".")
  }

  private static func problemSchema(_ status: Int, _ types: [ProblemType]) -> JSONValue {
    [
      "allOf": [
        .reference("Problem"),
        [
          "properties": [
            "type": ["enum": .array(types.map { .string("/problems/\($0.rawValue)") })],
            "status": ["const": .number(ExactDecimal(status))],
          ]
        ],
      ]
    ]
  }

  private static func answerHeaderReferences(_ names: [String]) -> [(String, JSONValue)] {
    names.map { ($0, ["$ref": .string("#/components/headers/\($0)")]) }
  }
}

extension JSONObject {
  fileprivate init(_ members: [(String, JSONValue)]) {
    self.init()
    for (key, value) in members { self[key] = value }
  }
}
