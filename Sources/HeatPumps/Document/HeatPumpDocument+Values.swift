public import GatewayCore

extension HeatPumpDocument {
  /// The simplified value of a field.
  ///
  /// - Returns: `nil` if the upstream left it out, and for the gateway's own members.
  public func value(_ field: Field) -> JSONValue? {
    guard let place = field.slot else { return nil }
    if field.kind == .actions { return actions.map { .array($0) } ?? scalar(place, field.kind) }
    return scalar(place, field.kind)
  }

  /// Whether both answers have a field in the same bytes. Those of one value may differ, too.
  func hasSameBytes(_ field: Field, as other: HeatPumpDocument) -> Bool {
    guard let place = field.slot else { return false }
    let (here, there) = (slots[place], other.slots[place])
    return here.form == there.form
      && upstream[here.range].elementsEqual(other.upstream[there.range])
  }

  /// A hash over the simplified values of all writable fields: it moves when a setting does.
  ///
  /// Numbers count by value, so that a `21.5` that comes back as `21.50` is no change.
  public var settingsTag: UInt64 {
    var out: [UInt8] = []
    out.reserveCapacity(1024)
    for place in HeatPumpDocument.writableSlots {
      let slot = slots[place.slot]
      out.append(slot.form == .absent ? 0 : 1)
      guard slot.form != .absent else { continue }
      let start = out.count
      append(slot, place.kind, to: &out)
      if place.kind == .decimal { trimFraction(&out, from: start) }
    }
    return stableHash(out)
  }

  /// The writable fields that the upstream did not leave out, by pointer, as a JSON object.
  public var settings: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(1024)
    for place in HeatPumpDocument.writableSlots where slots[place.slot].form != .absent {
      out.append(UInt8(ascii: out.isEmpty ? "{" : ","))
      out.append(contentsOf: place.name)
      append(slots[place.slot], place.kind, to: &out)
    }
    if out.isEmpty { out.append(UInt8(ascii: "{")) }
    out.append(UInt8(ascii: "}"))
    return out
  }

  /// The pending actions, from this answer or carried along; `nil` if neither has a list.
  var actions: [JSONValue]? {
    let slot = slots[KnownSlots.shared.actions]
    if let carriedActions { return carriedActions }
    switch slot.form {
    case .verbatim: return []
    case .derived:
      let raw = Array(upstream[slot.range])
      let parsed = try? JSONValue(parsing: raw, duplicateKeys: .lastWins)
      return parsed?.array?.filter { $0.object != nil }
    case .absent, .null, .irregular, .lowered: return nil
    }
  }

  /// Appends the simplified value of a slot that is not absent; actions are written elsewhere.
  @inline(__always)
  func append(_ slot: Slot, _ kind: FieldKind, to out: inout [UInt8]) {
    switch slot.form {
    case .verbatim: out.append(copying: upstream.span.extracting(slot.range))
    case .lowered:
      for index in slot.range {
        let byte = upstream[index]
        out.append(byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte)
      }
    case .derived: (derived(slot, kind) ?? .null).append(to: &out)
    case .null, .irregular, .absent: out.append(contentsOf: "null".utf8)
    }
  }

  private func scalar(_ place: Int, _ kind: FieldKind) -> JSONValue? {
    let slot = slots[place]
    switch slot.form {
    case .absent: return nil
    case .null, .irregular: return .null
    case .derived: return derived(slot, kind)
    case .verbatim, .lowered: break
    }
    switch upstream[slot.range.lowerBound] {
    case UInt8(ascii: "t"): return true
    case UInt8(ascii: "f"): return false
    case UInt8(ascii: "["): return []
    case UInt8(ascii: "\""):
      let text = RawText.string(upstream, slot.range) ?? ""
      return .string(slot.form == .lowered ? text.lowercased() : text)
    default:
      let digits = String(decoding: upstream[slot.range], as: UTF8.self)
      return ExactDecimal(digits).map { .number($0) } ?? .null
    }
  }

  private func derived(_ slot: Slot, _ kind: FieldKind) -> JSONValue? {
    if kind == .integer {
      let digits = String(decoding: upstream[slot.range], as: UTF8.self)
      return ExactDecimal(digits)?.integer.map { .number(ExactDecimal($0)) } ?? .null
    }
    guard let text = RawText.string(upstream, slot.range) else { return .null }
    switch kind {
    case .time: return Timestamp(rfc3339: text).map { .string($0.description) } ?? .null
    case .uuid: return ResourceID(text).map { .string($0.description) } ?? .null
    default: return .string(text.lowercased())
    }
  }

  // Each with its member's name in ``settings``, colon included.
  private static let writableSlots: [(slot: Int, kind: FieldKind, name: [UInt8])] =
    FieldTable.writableFields.compactMap { field in
      guard let slot = field.slot else { return nil }
      return (slot, field.kind, JSONValue.string(field.pointer).encoded + [UInt8(ascii: ":")])
    }
}

// `21.50` and `21.5` are one value; exponents are left alone, the upstream writes none.
private func trimFraction(_ out: inout [UInt8], from start: Int) {
  let digits = out[start...]
  guard digits.contains(UInt8(ascii: ".")), !digits.contains(where: { $0 | 0x20 == 0x65 }) else {
    return
  }
  while out.last == UInt8(ascii: "0") { out.removeLast() }
  if out.last == UInt8(ascii: ".") { out.removeLast() }
}

/// Text out of a checked JSON string, quotes included in the range.
enum RawText {
  static func string(_ bytes: [UInt8], _ range: Range<Int>) -> String? {
    guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
    let content = range.lowerBound + 1..<range.upperBound - 1
    let isEscaped = bytes[content].contains(UInt8(ascii: "\\"))
    return try? JSONGrammar.text(bytes.span, in: content, escaped: isEscaped)
  }
}
