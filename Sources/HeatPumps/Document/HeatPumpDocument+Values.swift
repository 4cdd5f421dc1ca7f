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

  /// Whether both answers have a slot in the same bytes. Those of one value may differ, too.
  func hasSameBytes(_ place: Int, as other: HeatPumpDocument) -> Bool {
    let (here, there) = (slots[place], other.slots[place])
    return here.form == there.form
      && upstream.span.extracting(here.range)
        .hasSameBytes(as: other.upstream.span.extracting(there.range))
  }

  /// A hash over the simplified values of all writable fields: it moves when a setting does.
  ///
  /// Numbers count by value, so that a `21.5` that comes back as `21.50` is no change.
  public var settingsTag: UInt64 {
    let (slots, source) = (slots.span, upstream.span)
    let text = RunWriter.text(guess: 1024) { out in
      for writable in HeatPumpDocument.writableSlots {
        let slot = slots[writable.slot]
        out.append(slot.form == .absent ? 0 : 1)
        if slot.form == .absent { continue }
        write(writable.isDecimal ? trimmed(slot) : slot, at: writable.slot, of: source, into: &out)
      }
    }
    return stableHash(text)
  }

  /// The writable fields that the upstream did not leave out, by ``Field/shortName``, as a JSON
  /// object: as past settings are kept.
  public var settings: [UInt8] {
    let names = HeatPumpDocument.settingNames.span
    return RunWriter.text(guess: 1024) { out in
      out.append(UInt8(ascii: "{"))
      for writable in HeatPumpDocument.writableSlots {
        let slot = slots[writable.slot]
        if slot.form == .absent { continue }
        out.append(names, writable.name)
        write(slot, at: writable.slot, of: upstream.span, into: &out)
        out.append(UInt8(ascii: ","))
      }
      out.takeBack(1, if: UInt8(ascii: ","))
      out.append(UInt8(ascii: "}"))
    }
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

  /// Writes the simplified value of a slot that is not absent; actions are written elsewhere.
  ///
  /// - Parameter source: ``upstream``, borrowed once for many slots.
  @inline(__always)
  func write(_ slot: Slot, at place: Int, of source: Span<UInt8>, into out: inout RunWriter) {
    if slot.form == .verbatim { return out.append(source, slot.range) }
    writeAltered(slot, at: place, into: &out)
  }

  private func writeAltered(_ slot: Slot, at place: Int, into out: inout RunWriter) {
    switch slot.form {
    case .lowered:
      for index in slot.range {
        let byte = upstream[index]
        out.append(byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte)
      }
    case .derived:
      let kind = RepresentationTemplate.shared.kinds[place]
      if kind == .time, let time = time(place) { return out.append(json: time) }
      out.append(json: derived(slot, kind) ?? .null)
    case .null, .irregular, .absent, .verbatim: out.appendNull()
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

  // `21.50` and `21.5` are one value; exponents are left alone, the upstream writes none.
  private func trimmed(_ slot: Slot) -> Slot {
    var slot = slot
    let digits = upstream.span
    guard slot.form == .verbatim, digits.peek(slot.range.upperBound - 1) == UInt8(ascii: "0"),
      slot.range.contains(where: { digits[$0] == UInt8(ascii: ".") }),
      !slot.range.contains(where: { digits[$0] | 0x20 == UInt8(ascii: "e") })
    else { return slot }
    while digits.peek(slot.range.upperBound - 1) == UInt8(ascii: "0") { slot.end -= 1 }
    if digits.peek(slot.range.upperBound - 1) == UInt8(ascii: ".") { slot.end -= 1 }
    return slot
  }

  private struct WritableSlot: Sendable {
    let slot: Int
    let isDecimal: Bool
    // Where its member's name stands in ``settingNames``, colon included.
    let name: Range<Int>
  }

  private static let (writableSlots, settingNames): ([WritableSlot], [UInt8]) = {
    var (places, names) = ([WritableSlot](), [UInt8]())
    for field in FieldTable.writableFields {
      guard let slot = field.slot else { continue }
      let start = names.count
      names += JSONValue.string(field.shortName).encoded + [UInt8(ascii: ":")]
      places.append(
        WritableSlot(slot: slot, isDecimal: field.kind == .decimal, name: start..<names.count))
    }
    return (places, names)
  }()
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
