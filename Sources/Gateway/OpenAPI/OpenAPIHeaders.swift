import GatewayCore

extension OpenAPIDocument {
  /// The request headers that count, by name.
  static var headerParameters: JSONObject {
    let tag = #""[0-9a-f]{16}\.[0-9a-f]{16}""#
    let rows: [(name: String, schema: JSONValue, summary: String)] = [
      ("X-Request-Id", text, "The caller's name for the request; a sane one comes back."),
      (
        "Request-Timeout", ["type": "integer", "minimum": 1],
        "The caller's deadline in whole seconds, up to the gateway's own."
      ),
      ("traceparent", text, "W3C Trace Context; carried on."),
      (
        "If-Match", anythingOr("^\(tag)( *, *\(tag))*$"),
        "Write only if the settings are those of one of these entity tags."
      ),
      (
        "If-Match-Version", anythingOr(#"^"[0-9]+"$"#),
        "Change it only if it is of the version with this tag."
      ),
      (
        "Prefer", text,
        "`respond-async`: answer 202 with the operation at once; `wait=N`: after N seconds at most."
      ),
      (
        "Idempotency-Key",
        ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"],
        "Makes a repeat safe for 24 hours: the same key and request get the same answer."
      ),
      ("If-None-Match", text, "Answer 304 if the state is that of one of these entity tags."),
      (
        "Last-Event-ID",
        ["anyOf": [["type": "integer", "minimum": 0], ["type": "string", "maxLength": 0]]],
        "Go on after the event of that `sequence`."
      ),
      ("Cache-Control", text, "`no-cache`, `max-age`, `max-stale`, `only-if-cached`."),
    ]
    return rows.reduce(into: JSONObject()) { parameters, row in
      parameters[row.name] = [
        // A header with several forms has a row for each.
        "name": .string(row.name.hasPrefix("If-Match") ? "If-Match" : row.name), "in": "header",
        "schema": row.schema,
        "description": .string(row.summary),
      ]
    }
  }

  /// The headers of answers, by name.
  static var answerHeaders: JSONObject {
    let seconds: JSONValue = ["type": "integer", "minimum": 0]
    let rows: [(name: String, schema: JSONValue, summary: String)] = [
      ("X-Request-Id", text, "The request's id, which the gateway's log has, too."),
      (
        "ETag", text,
        "Names the settings and, behind the dot, all else that is shown; of a subscription, its "
          + "version."
      ),
      ("Age", seconds, "Seconds since the upstream was asked."),
      ("Cache-Status", text, "How the answer came about (RFC 9211)."),
      (
        "Gateway-Stale", ["type": "string", "const": "true"],
        "The last answer, because the upstream failed."
      ),
      ("Retry-After", seconds, "Seconds to wait before another attempt."),
      ("RateLimit", text, "What is left of the app's limit, and when it is whole again."),
      ("RateLimit-Policy", text, "The app's limit: requests (`q`) in seconds (`w`)."),
      ("WWW-Authenticate", text, "How to send a key or an access token."),
    ]
    return rows.reduce(into: JSONObject()) { headers, row in
      headers[row.name] = ["schema": row.schema, "description": .string(row.summary)]
    }
  }

  private static func anythingOr(_ pattern: String) -> JSONValue {
    ["type": "string", "anyOf": [["const": "*"], ["pattern": .string(pattern)]]]
  }
}
