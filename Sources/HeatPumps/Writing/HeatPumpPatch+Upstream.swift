import GatewayCore

extension HeatPumpPatch {
  /// The update body with just the named fields (`write_mode: sparse`), as compact JSON.
  ///
  /// - Parameter current: completes a partial device model; not needed unless ``needsCurrent``.
  public func updateBody(current: HeatPumpDocument?) -> [UInt8] {
    JSONValue.object(sparseUpdate(current)).encoded
  }

  /// The update body with all update fields (`write_mode: merge`): the present values, translated
  /// from the answer's names to the update's, overlaid by the patch. What the answer lacks or has
  /// in a wrong type is left out rather than invented.
  public func mergedBody(current: HeatPumpDocument) -> [UInt8] {
    JSONValue.object(mergedUpdate(current)).encoded
  }

  private func sparseUpdate(_ current: HeatPumpDocument?) -> JSONObject {
    var update = JSONObject()
    if let current, assignments.contains(where: { $0.field.updateField == FieldTable.deviceModel })
    {
      for field in FieldTable.fields(updateField: FieldTable.deviceModel) {
        update.setUpstream(field, current)
      }
    }
    overlay(&update)
    return update
  }

  private func mergedUpdate(_ current: HeatPumpDocument) -> JSONObject {
    var update = JSONObject()
    for field in FieldTable.writableFields { update.setUpstream(field, current) }
    overlay(&update)
    return update
  }

  private func overlay(_ update: inout JSONObject) {
    for assignment in assignments {
      update.set(
        assignment.field.upstreamSpelling(assignment.value), at: assignment.field.updatePath[...])
    }
  }
}

extension JSONObject {
  fileprivate mutating func setUpstream(_ field: Field, _ current: HeatPumpDocument) {
    guard let value = current.upstreamValue(field) else { return }
    set(value, at: field.updatePath[...])
  }
}

extension HeatPumpDocument {
  /// The present value as the update call takes it; `nil` if the answer lacks it or has it in a
  /// wrong type.
  fileprivate func upstreamValue(_ field: Field) -> JSONValue? {
    guard let place = field.slot else { return nil }
    let slot = slots[place]
    guard slot.form != .absent, slot.form != .irregular else { return nil }
    // What the upstream spelled goes back as it was spelled: unknown levels, times of any form.
    if let text = RawText.string(upstream, slot.range) { return .string(text) }
    return value(field)
  }
}

extension Field {
  /// A simplified value as the update call spells it.
  func upstreamSpelling(_ value: JSONValue) -> JSONValue {
    guard kind == .level, let text = value.string, let first = text.first else { return value }
    return .string(first.uppercased() + text.dropFirst())
  }
}
