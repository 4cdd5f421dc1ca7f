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
      "paths": paths(endpoints),
      "components": [
        "schemas": .object(schemas), "securitySchemes": securitySchemes,
        "responses": .object(problemResponses),
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
    operation["summary"] = .string(endpoint.summary)
    let parameters =
      pathParameters(endpoint) + endpoint.query.map(queryParameter)
      + headerParameters(endpoint)
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    if let body = endpoint.body {
      var content = JSONObject()
      for type in body.contentTypes { content[type] = ["schema": body.schema] }
      operation["requestBody"] = [
        "required": .bool(body.isRequired), "content": .object(content),
      ]
    }
    operation["responses"] = .object(responses(endpoint))
    switch endpoint.access {
    case .open, .admin:
      operation["security"] = []
    case .app(let scopes):
      operation["security"] = [["bearer": []], ["api_key": []]]
      operation["x-scopes"] = .array(scopes.names.map(JSONValue.string))
    }
    return .object(operation)
  }

  private static func responses(_ endpoint: Endpoint) -> JSONObject {
    var responses = JSONObject()
    let success = endpoint.success
    responses[String(success.status)] = [
      "description": .string(success.summary),
      "content": .object(
        JSONObject(single: success.contentType, ["schema": success.schema])),
    ]
    if endpoint.method == .get, endpoint.access != .open {
      responses["304"] = ["description": "The caller has this state already."]
    }
    for status in statuses(endpoint) {
      responses[String(status)] = ["$ref": .string("#/components/responses/Problem\(status)")]
    }
    return responses
  }

  private static func statuses(_ endpoint: Endpoint) -> [Int] {
    if endpoint.id == "getReadiness" { return [400, 405, 406, 503] }
    guard endpoint.access != .open else {
      return endpoint.template.contains("{") ? [400, 404, 405, 406] : [400, 405, 406]
    }
    let reading = [400, 401, 403, 404, 405, 406, 429, 500, 502, 503, 504]
    return endpoint.writes ? (reading + [412, 413, 415, 422]).sorted() : reading
  }

  private static func pathParameters(_ endpoint: Endpoint) -> [JSONValue] {
    endpoint.template.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
      let name = String(segment.dropFirst().dropLast())
      var schema: JSONValue = ["type": "string"]
      if name.hasSuffix("_id") { schema = ["type": "string", "format": "uuid"] }
      if name == "name", endpoint.writes {
        schema = [
          "type": "string", "enum": .array(HeatPumpCommand.names.map(JSONValue.string)),
        ]
      }
      return ["name": .string(name), "in": "path", "required": true, "schema": schema]
    }
  }

  private static func queryParameter(_ parameter: Endpoint.QueryParameter) -> JSONValue {
    [
      "name": .string(parameter.name), "in": "query", "schema": parameter.schema,
      "description": .string(parameter.summary),
    ]
  }

  private static func headerParameters(_ endpoint: Endpoint) -> [JSONValue] {
    guard endpoint.access != .open else { return [] }
    let common = [
      ("X-Request-Id", "The caller's name for the request; comes back."),
      ("Request-Timeout", "The caller's deadline in whole seconds."),
    ]
    let own =
      endpoint.writes
      ? [("If-Match", "Write only if the settings are those of this entity tag.")]
      : [
        ("If-None-Match", "Answer 304 if the state is that of this entity tag."),
        ("Cache-Control", "`no-cache`, `max-age`, `max-stale`, `only-if-cached`."),
      ]
    return (common + own).map { name, summary in
      [
        "name": .string(name), "in": "header", "schema": ["type": "string"],
        "description": .string(summary),
      ]
    }
  }
}

extension JSONObject {
  init(single key: String, _ value: JSONValue) {
    self.init()
    self[key] = value
  }
}
