import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache

/// The answer to a write: the heat pump as the upstream confirmed it, and what became of each
/// requested value.
enum WriteAnswer {
  static func response(
    _ result: WriteResult, patch: HeatPumpPatch, app: App, wall: Timestamp
  ) -> HTTPResponse {
    var write = JSONObject()
    write["operation_id"] = .string(result.operationID.description)
    write["status"] = .string(result.status(of: patch))
    write["unapplied"] = unapplied(result, app)
    if !result.superseded.isEmpty {
      write["superseded_fields"] = .array(
        result.superseded.sorted { $0.key < $1.key }.map {
          ["pointer": .string($0.key), "superseded_by": .string($0.value.description)]
        })
      if result.superseded.count == patch.assignments.count,
        let newest = result.superseded.values.max()
      {
        write["superseded_by"] = .string(newest.description)
      }
    }
    if let reset = result.reset {
      write["upstream_reset"] = [
        "pointers": .array(reset.pointers.map(JSONValue.string)),
        "restored": .bool(reset.restored),
      ]
    }
    return response(result.entry, write, app, wall)
  }

  /// The answer to an empty patch: nothing was sent, so there is no operation.
  static func unchanged(
    _ entry: CachedHeatPump, app: App, wall: Timestamp
  ) -> HTTPResponse {
    var write = JSONObject()
    write["status"] = "applied"
    write["unapplied"] = []
    return response(entry, write, app, wall)
  }

  private static func response(
    _ entry: CachedHeatPump, _ write: JSONObject, _ app: App, _ wall: Timestamp
  ) -> HTTPResponse {
    let representation = entry.representation(
      includesPersonalData: app.seesPersonalData, health: app.organisation.health, wall: wall)
    var body = representation.body
    // The representation is an object with members, so its closing brace gives way to one more.
    body.removeLast()
    body.append(contentsOf: #","write":"#.utf8)
    JSONValue.object(write).append(to: &body)
    body.append(UInt8(ascii: "}"))
    return HTTPResponse(
      status: 200,
      headers: [
        .init("Content-Type", "application/json"),
        .init("ETag", representation.etag.description),
        .init("Cache-Control", "no-store"),
        .init("Cache-Status", "podero-gateway; fwd=method"),
      ], body: body)
  }

  private static func unapplied(_ result: WriteResult, _ app: App) -> JSONValue {
    .array(
      result.unapplied.filter { app.seesPersonalData || !$0.field.isPersonal }.map { mismatch in
        [
          "pointer": .string(mismatch.field.pointer), "requested": mismatch.requested,
          "actual": mismatch.actual ?? .null,
        ]
      })
  }
}
