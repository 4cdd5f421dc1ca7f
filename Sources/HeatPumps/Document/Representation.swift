public import GatewayCore

/// All that a representation says beyond the upstream's answer, and what of it the reader may see.
public struct RepresentationContext: Sendable {
  /// The organisation's name in the configuration.
  public var organisation: String
  /// The heat pump's name in the configuration.
  public var alias: String?
  /// The user that the heat pump was asked for under.
  public var userID: ResourceID
  /// How far the answer can be trusted.
  public var freshness: Freshness
  /// What is written and not yet verified.
  public var pending: [PendingValue]
  /// Whether the reader has `personal-data:read`.
  public var includesPersonalData: Bool
  /// The top-level members that are wanted; `nil` for all. `id` always is.
  public var groups: Set<String>?

  /// Creates a context.
  public init(
    organisation: String, alias: String? = nil, userID: ResourceID, freshness: Freshness,
    pending: [PendingValue] = [], includesPersonalData: Bool = false, groups: Set<String>? = nil
  ) {
    self.organisation = organisation
    self.alias = alias
    self.userID = userID
    self.freshness = freshness
    self.pending = pending
    self.includesPersonalData = includesPersonalData
    self.groups = groups
  }

  /// The names that ``groups`` may hold: the resource's top-level members, in their order.
  public static let groupNames: [String] = FieldTable.topLevelNames
}

extension HeatPumpDocument {
  /// The simplified resource as compact JSON.
  ///
  /// A field that the upstream left out is absent, and so is a group of which nothing is left; a
  /// field of a wrong type is `null`.
  public func representation(_ context: RepresentationContext) -> [UInt8] {
    let template = RepresentationTemplate.shared
    return RunWriter.text(guess: upstream.count + 512) { out in
      out.append(UInt8(ascii: "{"))
      if let groups = context.groups {
        for member in template.members where member.name == "id" || groups.contains(member.name) {
          write(template, member.steps, context, into: &out)
        }
      } else {
        write(template, template.steps.indices, context, into: &out)
      }
      out.takeBack(1, if: UInt8(ascii: ","))
      out.append(UInt8(ascii: "}"))
    }
  }

  private func write(
    _ template: RepresentationTemplate, _ range: Range<Int>, _ context: RepresentationContext,
    into out: inout RunWriter
  ) {
    // Borrowed once, and not for each step.
    let (steps, text) = (template.steps.span, template.text.span)
    let (slots, source) = (slots.span, upstream.span)
    for index in range {
      let step = steps[index]
      switch step.kind {
      case .open:
        out.append(text, step.text)
        continue
      case .close:
        if out.takeBack(step.text.count, if: UInt8(ascii: "{")) { continue }
        out.takeBack(1, if: UInt8(ascii: ","))
        out.append(UInt8(ascii: "}"))
      case .slot:
        let slot = slots[step.slot]
        if slot.form == .absent || step.isPersonal && !context.includesPersonalData { continue }
        out.append(text, step.text)
        write(slot, at: step.slot, of: source, into: &out)
      case .actions:
        let slot = slots[step.slot]
        if slot.form == .absent && carriedActions == nil { continue }
        out.append(text, step.text)
        writeActions(slot, at: step.slot, context, into: &out)
      default:
        out.append(text, step.text)
        writeOwn(step.kind, context, into: &out)
      }
      out.append(UInt8(ascii: ","))
    }
  }

  private func writeOwn(
    _ kind: RepresentationTemplate.Step.Kind, _ context: RepresentationContext,
    into out: inout RunWriter
  ) {
    switch kind {
    case .userID: out.append(json: context.userID)
    case .organisation: out.append(json: context.organisation)
    case .alias: out.append(json: context.alias)
    case .observedAt: writeObservedAt(context.freshness.observedAt, into: &out)
    case .state: out.append(json: context.freshness.state.rawValue)
    case .upstream: out.append(json: context.freshness.upstream.rawValue)
    default: context.writePending(into: &out)
    }
  }

  private func writeObservedAt(_ time: Timestamp?, into out: inout RunWriter) {
    guard let time else { return out.appendNull() }
    let slot = slots[KnownSlots.shared.observedAt]
    // Nearly always the time that stands in the answer, which is cheaper to copy than to write.
    if slot.form == .verbatim, time == observedAt { return out.append(upstream.span, slot.range) }
    out.append(json: time)
  }

  private func writeActions(
    _ slot: Slot, at place: Int, _ context: RepresentationContext, into out: inout RunWriter
  ) {
    if carriedActions == nil {
      guard slot.form == .derived else {
        return write(slot, at: place, of: upstream.span, into: &out)
      }
      let hidden = context.includesPersonalData ? "" : FieldTable.personalActionMember
      if PlainActions.write(upstream.span, slot.range, without: hidden.utf8.span, into: &out) {
        return
      }
    }
    let shown = (actions ?? []).map { action in
      var object = action.object ?? JSONObject()
      if !context.includesPersonalData { object[FieldTable.personalActionMember] = nil }
      return JSONValue.object(object)
    }
    out.append(json: .array(shown))
  }
}

extension RepresentationContext {
  fileprivate func writePending(into out: inout RunWriter) {
    out.append(UInt8(ascii: "["))
    for value in pending
    where includesPersonalData || !FieldTable.isPersonal(pointer: value.pointer) {
      out.append(#"{"pointer":"#.utf8.span)
      out.append(json: value.pointer)
      out.append(#","requested":"#.utf8.span)
      out.append(json: value.requested)
      out.append(#","since":"#.utf8.span)
      out.append(json: value.since)
      out.append(#","operation_id":"#.utf8.span)
      out.append(json: value.operationID)
      out.append("},".utf8.span)
    }
    out.takeBack(1, if: UInt8(ascii: ","))
    out.append(UInt8(ascii: "]"))
  }
}
