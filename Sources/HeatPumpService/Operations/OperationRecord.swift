public import GatewayCore
public import HeatPumps
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
    // What has just been written can be read.
    (try? JSONValue(parsing: text(alias: alias, showsPersonalData: showsPersonalData))) ?? .null
  }

  /// The same as JSON text.
  ///
  /// - Parameter patch: the changes, where they are at hand.
  public func text(
    alias: String?, showsPersonalData: Bool, patch: HeatPumpPatch? = nil
  ) -> [UInt8] {
    var object = JSONObjectText(room: 1024)
    object.append("id", request.id)
    object.append("state", state.rawValue)
    object.append("heat_pump") { heatPump in
      heatPump.append("id", request.heatPump.id)
      heatPump.append("user_id", request.heatPump.user)
      heatPump.append("alias", alias.map(JSONValue.string) ?? .null)
    }
    object.append("origin") { origin in
      origin.append("kind", request.origin.kind.rawValue)
      origin.append("name", request.origin.name)
    }
    object.append("accepted_at", request.acceptedAt)
    object.append("changed_at", changedAt)
    object.append("expires_at", request.expiresAt)
    object.append("attempts", objects: attempts.count) { $0.append("sent_at", attempts[$1].at) }
    let assignments = (patch ?? readPatch).assignments
    object.append("requested", objects: assignments.count) { change, place in
      let field = assignments[place].field
      change.append("pointer", field.pointer)
      if showsPersonalData || !field.isPersonal {
        change.append("value", assignments[place].value)
      }
    }
    let superseded = supersededFields.sorted { $0.key < $1.key }
    object.append("superseded_fields", objects: superseded.count) { field, place in
      field.append("pointer", superseded[place].key)
      field.append("superseded_by", superseded[place].value)
    }
    for (name, value) in readOutcome(showsPersonalData).members { object.append(name, value) }
    return object.closed()
  }

  /// The changes in the order of the field table.
  var readPatch: HeatPumpPatch {
    guard let body = try? JSONValue(parsing: request.patch),
      let patch = try? HeatPumpPatch(stored: body)
    else { return .empty }
    return patch
  }

  private func readOutcome(_ showsPersonalData: Bool) -> JSONObject {
    guard !outcome.isEmpty, let object = try? JSONValue(parsing: outcome).object else {
      return JSONObject()
    }
    guard !showsPersonalData, let unapplied = object["unapplied"]?.array else { return object }
    var shown = object
    shown["unapplied"] = .array(
      unapplied.filter { mismatch in
        mismatch["pointer"]?.string.map { !FieldTable.isPersonal(pointer: $0) } ?? false
      })
    return shown
  }
}
