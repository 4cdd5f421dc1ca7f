import GatewayCore
import HeatPumps

extension ConfigurationCursor {
  func addressRange() -> AddressRange? {
    let range = parsed("an IP address or a CIDR range such as 10.0.0.0/8") { AddressRange($0) }
    guard let range, let text = text(), let slash = text.firstIndex(of: "/") else { return range }
    if let address = InternetAddress(String(text[..<slash])), address != range.network {
      problem("has bits behind its prefix; taken as \(range)", severity: .warning)
    }
    return range
  }

  func webhookTarget() -> WebhooksOutConfiguration.Target? {
    guard let text = text() else { return nil }
    // Digits and dots, colons or a slash can only be meant as an address.
    let isAddress =
      text.contains("/") || text.contains(":") || text.allSatisfy { $0 == "." || $0.isNumber }
    if isAddress { return addressRange().map { .range($0) } }
    guard HostName.isValid(text) else {
      problem("not valid: expected an IP address, a CIDR range or a host name")
      return nil
    }
    return .host(text.lowercased())
  }

  /// A host name, in lower case.
  func hostName() -> String? {
    guard let text = text() else { return nil }
    guard HostName.isValid(text) else {
      problem("not valid: expected a host name")
      return nil
    }
    return text.lowercased()
  }

  /// `["*"]`, or elements that `decode` reads.
  func allowList<Element>(
    _ decode: (ConfigurationCursor) -> Element?
  ) -> AllowList<Element>? {
    guard let elements = elements() else { return nil }
    if elements.contains(where: { $0.isStar }) {
      guard elements.count == 1 else {
        problem("\"*\" must stand alone")
        return nil
      }
      return .everything
    }
    let decoded = elements.compactMap(decode)
    // With one element at fault, nothing should be concluded from the others.
    return decoded.count == elements.count ? .only(Set(decoded)) : nil
  }

  /// The name of an organisation of this file.
  func organisation() -> String? {
    guard let name = name() else { return nil }
    guard context.organisations.contains(name) else {
      let hint = NearestName.hint(for: name, among: context.organisations)
      problem("no organisation has the name \"\(Shown.name(name))\"\(hint)")
      return nil
    }
    return name
  }

  /// An alias or id of a heat pump; `nil` without a report if the organisation is itself at fault.
  func heatPump(in organisation: String?) -> ResourceID? {
    guard let text = text() else { return nil }
    if let id = ResourceID(text) { return id }
    guard let organisation else { return nil }
    let aliases = context.aliases[organisation] ?? [:]
    guard let found = aliases[text] else {
      let hint = NearestName.hint(for: text, among: aliases.keys)
      problem(
        "no heat pump of \(organisation) has the alias \"\(Shown.name(text))\"\(hint)")
      return nil
    }
    return found
  }

  /// When a key ends; warns if that was already.
  func expiry() -> Timestamp? {
    guard let time = time() else { return nil }
    if time <= context.now {
      problem("this key has expired; remove it", severity: .warning)
    }
    return time
  }

  /// Limits by writable pointer.
  func bounds() -> [String: FieldBounds]? {
    guard let members = members() else { return nil }
    var bounds: [String: FieldBounds] = [:]
    for (pointer, cursor) in members {
      guard let field = FieldTable.writable(pointer) else {
        let hint = NearestName.hint(for: pointer, among: FieldTable.writablePointers)
        cursor.problem("not a writable pointer\(hint)")
        continue
      }
      bounds[pointer] = cursor.bounds(of: field.kind)
    }
    return bounds
  }

  private func bounds(of kind: FieldKind) -> FieldBounds? {
    guard let fields = fields() else { return nil }
    let (name, fitting) = kind.fittingBounds
    for key in ["minimum", "maximum", "maximum_ahead"] where !fitting.contains(key) {
      let those = fitting.isEmpty ? "none" : fitting.joined(separator: ", ")
      fields[key]?.problem("does not fit a \(name) pointer; what fits: \(those)")
    }
    let bounds = FieldBounds(
      minimum: fields["minimum"]?.decimal(), maximum: fields["maximum"]?.decimal(),
      maximumAhead: fields["maximum_ahead"]?.duration())
    if let minimum = bounds.minimum, let maximum = bounds.maximum, minimum > maximum {
      fields["minimum"]?.problem("minimum \(minimum) is above maximum \(maximum)")
    }
    return bounds
  }

  private var isStar: Bool {
    if case .scalar("*", quoted: _) = node.content { return true }
    return false
  }
}

extension FieldKind {
  /// The kind's name for people, and the limits that fit it.
  fileprivate var fittingBounds: (name: String, keys: [String]) {
    switch self {
    case .integer, .decimal: ("number", ["minimum", "maximum"])
    case .time: ("time", ["maximum_ahead"])
    case .boolean: ("boolean", [])
    default: ("text", [])
    }
  }
}

extension FieldTable {
  static let writablePointers = writableFields.map(\.pointer)

  static func writable(_ pointer: String) -> Field? {
    field(pointer: pointer).flatMap { $0.isWritable ? $0 : nil }
  }
}
