import GatewayCore
import HeatPumps

/// The OpenAPI 3.1 description of a listener, generated from its route table, the field table and
/// the problem catalogue, so that it cannot say anything else than they do.
struct OpenAPIDocument {
  private let endpoints: [Endpoint]
  private let audience: OpenAPIAudience

  /// The description of what a listener offers to its callers.
  static func make(
    _ endpoints: [Endpoint], for audience: OpenAPIAudience, version: String
  ) -> JSONValue {
    OpenAPIDocument(endpoints: endpoints, audience: audience).document(version)
  }

  private func document(_ version: String) -> JSONValue {
    let (paths, responses) = (paths, problemResponses)
    let parts: [(kind: String, all: JSONObject)] = [
      ("schemas", Self.schemas), ("responses", responses), ("parameters", Self.headerParameters),
      ("headers", Self.answerHeaders),
    ]
    var components = OpenAPIReferences(parts).reached(from: paths)
    components["securitySchemes"] = audience.securitySchemes
    return [
      "openapi": "3.1.0",
      "info": [
        "title": .string(audience.title), "version": .string(version),
        "description": .string(audience.summary),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": "/"]],
      "tags": .array(
        audience.groups.map {
          ["name": .string($0.name), "description": .string($0.summary)]
        }),
      "paths": paths, "components": .object(components),
    ]
  }

  private var paths: JSONValue {
    var paths = JSONObject()
    for endpoint in endpoints {
      var item = paths[endpoint.template]?.object ?? JSONObject()
      item[endpoint.method.rawValue.lowercased()] = operation(endpoint)
      paths[endpoint.template] = .object(item)
    }
    return .object(paths)
  }

  private func operation(_ endpoint: Endpoint) -> JSONValue {
    var operation = JSONObject()
    operation["operationId"] = .string(endpoint.id)
    operation["tags"] = [.string(audience.group(of: endpoint).name)]
    operation["summary"] = .string(endpoint.summary)
    operation["parameters"] = .array(
      Self.pathParameters(endpoint) + endpoint.query.map(Self.queryParameter)
        + Self.headerNames(endpoint).map { ["$ref": .string("#/components/parameters/\($0)")] })
    if let body = endpoint.body {
      var content = JSONObject()
      for type in body.contentTypes { content[type] = ["schema": body.schema] }
      operation["requestBody"] = [
        "required": .bool(body.isRequired), "content": .object(content),
      ]
    }
    operation["responses"] = .object(responses(endpoint))
    switch endpoint.access {
    case .open, .hook:
      operation["security"] = []
    case .admin(let role):
      operation["security"] = audience.security
      operation["x-role"] = .string(role.rawValue)
    case .app(let scopes):
      operation["security"] = audience.security
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
    "organisation": "Its name in the configuration.", "file": "What the console names.",
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

  private func responses(_ endpoint: Endpoint) -> JSONObject {
    var responses = JSONObject()
    for answer in endpoint.answers {
      responses[String(answer.status)] = response(answer, endpoint)
    }
    if endpoint.conditions == .read || endpoint.conditions == .page {
      responses["304"] = [
        "description": "The caller has this state already.",
        "headers": .object(Self.answerHeaderReferences(["ETag"])),
      ]
    }
    for (status, types) in audience.problems(of: endpoint) where responses[String(status)] == nil {
      responses[String(status)] = [
        "$ref": .string("#/components/responses/\(Self.responseName(types))")
      ]
    }
    return responses
  }

  private func response(_ answer: Endpoint.Answer, _ endpoint: Endpoint) -> JSONValue {
    var content = JSONObject()
    for form in answer.contents { content[form.type] = ["schema": form.schema] }
    var headers = ["X-Request-Id"]
    let problems = audience.problems(of: endpoint)
    if let types = problems.first(where: { $0.status == answer.status })?.types {
      content["application/problem+json"] = ["schema": Self.problemSchema(answer.status, types)]
      headers = Self.problemHeaders(answer.status)
    }
    if endpoint.conditions == .read { headers += ["ETag", "Age", "Cache-Status", "Gateway-Stale"] }
    if [.write, .page].contains(endpoint.conditions) { headers.append("ETag") }
    if endpoint.conditions == .version, !answer.contents.isEmpty { headers.append("ETag") }
    return [
      "description": .string(answer.summary),
      "headers": .object(Self.answerHeaderReferences(headers)),
      "content": .object(content),
    ]
  }

  /// The problem responses of all endpoints, each named by its problems.
  private var problemResponses: JSONObject {
    var responses = JSONObject()
    for (status, types) in endpoints.flatMap(audience.problems) {
      let titles = types.map { "\(ProblemCatalogue.entry($0).title) (`\($0.rawValue)`)" }
      var description = titles.joined(separator: "; ") + "."
      if status == 401 { description += " " + audience.unauthenticated }
      responses[Self.responseName(types)] = [
        "description": .string(description),
        "headers": .object(Self.answerHeaderReferences(Self.problemHeaders(status))),
        "content": ["application/problem+json": ["schema": Self.problemSchema(status, types)]],
      ]
    }
    return responses
  }

  private static func problemHeaders(_ status: Int) -> [String] {
    switch status {
    case 401: ["X-Request-Id", "WWW-Authenticate"]
    case 429: ["X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"]
    case 503: ["X-Request-Id", "Retry-After"]
    default: ["X-Request-Id"]
    }
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

  private static func answerHeaderReferences(_ names: [String]) -> JSONObject {
    names.reduce(into: JSONObject()) { references, name in
      references[name] = ["$ref": .string("#/components/headers/\(name)")]
    }
  }
}
