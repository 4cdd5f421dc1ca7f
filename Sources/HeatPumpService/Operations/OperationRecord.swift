public import GatewayCore
internal import HeatPumps
public import Storage

/// The JSON that is kept about an operation's outcome, and what an app may see of it.
enum OperationOutcome {
  static func confirmed(unapplied: [FieldMismatch], reset: UpstreamReset?) -> [UInt8] {
    var outcome = JSONObject()
    if !unapplied.isEmpty {
      outcome["unapplied"] = .array(
        unapplied.map { mismatch in
          [
            "pointer": .string(mismatch.field.pointer), "requested": mismatch.requested,
            "actual": mismatch.actual ?? .null,
          ]
        })
    }
    if let reset {
      outcome["upstream_reset"] = [
        "pointers": .array(reset.pointers.map(JSONValue.string)),
        "restored": .bool(reset.restored),
      ]
    }
    return outcome.isEmpty ? [] : JSONValue.object(outcome).encoded
  }

  static func failed(_ fault: GatewayFault) -> [UInt8] {
    let entry = ProblemCatalogue.entry(fault.type)
    var problem = JSONObject()
    problem["type"] = .string("/problems/\(fault.type.rawValue)")
    problem["title"] = .string(entry.title)
    problem["status"] = .number(ExactDecimal(entry.status))
    problem["detail"] = .string(fault.detail)
    if !fault.errors.isEmpty {
      problem["errors"] = .array(
        fault.errors.map {
          ["pointer": .string($0.pointer), "code": .string($0.code), "detail": .string($0.detail)]
        })
    }
    return JSONValue.object(["problem": .object(problem)].asObject).encoded
  }
}

extension Dictionary where Key == String, Value == JSONValue {
  fileprivate var asObject: JSONObject {
    reduce(into: JSONObject()) { $0[$1.key] = $1.value }
  }
}

extension StoredOperation {
  /// The operation as its representation shows it.
  ///
  /// - Parameters:
  ///   - alias: the heat pump's alias, if it has one.
  ///   - showsPersonalData: whether values of personal fields are shown.
  public func representation(alias: String?, showsPersonalData: Bool) -> JSONValue {
    var object = JSONObject()
    object["id"] = .string(request.id.description)
    object["state"] = .string(state.rawValue)
    object["heat_pump"] = [
      "id": .string(request.heatPump.id.description),
      "user_id": .string(request.heatPump.user.description),
      "alias": alias.map(JSONValue.string) ?? .null,
    ]
    object["origin"] = [
      "kind": .string(request.origin.kind.rawValue), "name": .string(request.origin.name),
    ]
    object["accepted_at"] = .string(request.acceptedAt.description)
    object["changed_at"] = .string(changedAt.description)
    object["expires_at"] = .string(request.expiresAt.description)
    object["attempts"] = .array(attempts.map { ["sent_at": .string($0.at.description)] })
    object["requested"] = .array(requested(showsPersonalData))
    object["superseded_fields"] = .array(
      supersededFields.sorted { $0.key < $1.key }.map {
        ["pointer": .string($0.key), "superseded_by": .string($0.value.description)]
      })
    for (name, value) in readOutcome(showsPersonalData).members { object[name] = value }
    return .object(object)
  }

  /// The changes in the order of the field table.
  var readPatch: HeatPumpPatch {
    guard let body = try? JSONValue(parsing: request.patch),
      let patch = try? HeatPumpPatch(stored: body)
    else { return .empty }
    return patch
  }

  private func requested(_ showsPersonalData: Bool) -> [JSONValue] {
    readPatch.assignments.map { assignment in
      let pointer = JSONValue.string(assignment.field.pointer)
      guard showsPersonalData || !assignment.field.isPersonal else { return ["pointer": pointer] }
      return ["pointer": pointer, "value": assignment.value]
    }
  }

  private func readOutcome(_ showsPersonalData: Bool) -> JSONObject {
    guard let object = try? JSONValue(parsing: outcome).object else { return JSONObject() }
    guard !showsPersonalData, let unapplied = object["unapplied"]?.array else { return object }
    var shown = object
    shown["unapplied"] = .array(
      unapplied.filter { mismatch in
        mismatch["pointer"]?.string.map { !FieldTable.isPersonal(pointer: $0) } ?? false
      })
    return shown
  }
}
