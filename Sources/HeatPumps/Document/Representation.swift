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
    var out: [UInt8] = []
    out.reserveCapacity(upstream.count + 512)
    out.append(UInt8(ascii: "{"))
    for member in template.members {
      if let groups = context.groups, member.name != "id", !groups.contains(member.name) {
        continue
      }
      append(template, member.steps, context, to: &out)
    }
    if out.last == UInt8(ascii: ",") { out.removeLast() }
    out.append(UInt8(ascii: "}"))
    return out
  }

  private func append(
    _ template: RepresentationTemplate, _ steps: Range<Int>, _ context: RepresentationContext,
    to out: inout [UInt8]
  ) {
    for index in steps {
      let step = template.steps[index]
      switch step.kind {
      case .open:
        out.append(copying: template.text.span.extracting(step.text))
      case .close:
        if out.last == UInt8(ascii: "{") {
          out.removeLast(step.text.count)
        } else {
          out[out.count - 1] = UInt8(ascii: "}")
          out.append(UInt8(ascii: ","))
        }
      case .slot:
        let slot = slots[step.slot]
        if slot.form == .absent || step.isPersonal && !context.includesPersonalData { continue }
        out.append(copying: template.text.span.extracting(step.text))
        append(slot, template.kinds[step.slot], to: &out)
        out.append(UInt8(ascii: ","))
      case .actions:
        guard slots[step.slot].form != .absent || carriedActions != nil else { continue }
        out.append(copying: template.text.span.extracting(step.text))
        appendActions(slots[step.slot], context, to: &out)
        out.append(UInt8(ascii: ","))
      default:
        out.append(copying: template.text.span.extracting(step.text))
        appendOwn(step.kind, context, to: &out)
        out.append(UInt8(ascii: ","))
      }
    }
  }

  private func appendOwn(
    _ kind: RepresentationTemplate.Step.Kind, _ context: RepresentationContext,
    to out: inout [UInt8]
  ) {
    switch kind {
    case .userID:
      out.append(UInt8(ascii: "\""))
      context.userID.append(to: &out)
      out.append(UInt8(ascii: "\""))
    case .organisation: appendJSONString(context.organisation, to: &out)
    case .alias: append(context.alias, to: &out)
    case .observedAt: appendObservedAt(context.freshness.observedAt, to: &out)
    case .state: append(context.freshness.state.rawValue, to: &out)
    case .upstream: append(context.freshness.upstream.rawValue, to: &out)
    default:
      if context.pending.isEmpty {
        out.append(contentsOf: "[]".utf8)
      } else {
        context.shownPending.append(to: &out)
      }
    }
  }

  private func append(_ text: String?, to out: inout [UInt8]) {
    guard let text else { return out.append(contentsOf: "null".utf8) }
    appendJSONString(text, to: &out)
  }

  private func appendObservedAt(_ time: Timestamp?, to out: inout [UInt8]) {
    guard let time else { return out.append(contentsOf: "null".utf8) }
    let slot = slots[KnownSlots.shared.observedAt]
    // Nearly always the time that stands in the answer, which is cheaper to copy than to write.
    if slot.form == .verbatim, time == observedAt {
      return out.append(copying: upstream.span.extracting(slot.range))
    }
    out.append(UInt8(ascii: "\""))
    time.append(to: &out)
    out.append(UInt8(ascii: "\""))
  }

  private func appendActions(
    _ slot: Slot, _ context: RepresentationContext, to out: inout [UInt8]
  ) {
    if carriedActions == nil, slot.form != .derived {
      return append(slot, .actions, to: &out)
    }
    let shown = (actions ?? []).map { action in
      var object = action.object ?? JSONObject()
      if !context.includesPersonalData { object[FieldTable.personalActionMember] = nil }
      return JSONValue.object(object)
    }
    JSONValue.array(shown).append(to: &out)
  }
}

extension RepresentationContext {
  fileprivate var shownPending: JSONValue {
    let shown = pending.filter {
      includesPersonalData || !FieldTable.isPersonal(pointer: $0.pointer)
    }
    return .array(
      shown.map {
        [
          "pointer": .string($0.pointer), "requested": $0.requested,
          "since": .string($0.since.description),
          "operation_id": .string($0.operationID.description),
        ]
      })
  }
}
