import GatewayCore
import Storage

extension OpenAPIDocument {
  static var operation: JSONValue {
    object(
      [
        ("id", uuid),
        ("state", word(OperationState.allCases.map(\.rawValue))),
        ("heat_pump", object([("id", uuid), ("user_id", uuid), ("alias", textOrNull)])),
        (
          "origin",
          described(
            object([
              ("kind", word(OperationOrigin.Kind.allCases.map(\.rawValue))),
              ("name", text),
            ]), "Who wanted it: an app, a hook, or the app of a fleet job.")
        ),
        ("accepted_at", described(time, "When it was stored.")),
        ("changed_at", described(time, "When it came into its present state.")),
        ("expires_at", described(time, "After this it is not sent any more.")),
        ("attempts", array(object([("sent_at", time)]), "Each time that it was sent upstream.")),
        (
          "requested",
          array(
            object([("pointer", text), ("value", [:])], optional: ["value"]),
            "What was asked for; without `personal-data:read`, of personal fields no value.")
        ),
        (
          "superseded_fields",
          array(
            object([("pointer", text), ("superseded_by", uuid)]),
            "Fields in which newer writes took its place.")
        ),
        ("unapplied", unapplied), ("upstream_reset", upstreamReset),
        ("problem", described(["type": "object"], "Why it did not succeed, as a `Problem`.")),
      ], optional: ["unapplied", "upstream_reset", "problem"])
  }

  static var write: JSONValue {
    object(
      [
        ("operation_id", described(uuid, "Names the write; absent if nothing was sent.")),
        ("status", word(["applied", "partially_applied", "not_applied"])),
        ("unapplied", unapplied), ("upstream_reset", upstreamReset),
      ], optional: ["operation_id", "upstream_reset"])
  }

  private static var unapplied: JSONValue {
    array(
      object([("pointer", text), ("requested", [:]), ("actual", [:])]),
      "Values that did not take.")
  }

  private static var upstreamReset: JSONValue {
    described(
      object([
        ("pointers", array(text)), ("restored", flag),
      ]), "Fields that the upstream reset unasked, and whether they were put back.")
  }
}
