import GatewayCore

/// A place in the tree that is being decoded: the value there, its path for people and its path in
/// the table of keys.
///
/// Readers return `nil` and report the problem if the value is not what the table says, so that a
/// section's decoder reads like a table itself: `fields["port"]?.integer() ?? defaults.port`.
struct ConfigurationCursor {
  let node: ConfigurationNode
  let path: String
  let pattern: String
  let context: DecodingContext

  /// Reports a problem with the value here.
  func problem(
    _ message: String, severity: ConfigurationProblem.Severity = .error
  ) {
    problem(message, at: node.position, path: path, severity: severity)
  }

  func problem(
    _ message: String, at position: Position, path: String,
    severity: ConfigurationProblem.Severity = .error
  ) {
    context.report(
      ConfigurationProblem(
        path: path, line: position.line, column: position.column, message: message,
        severity: severity))
  }

  /// Reports what is wrong with the value by what lies outside of the file.
  ///
  /// - Parameter fields: the settings below it that findings may be about.
  func check(_ matter: ConfigurationMatter, _ fields: ConfigurationFields? = nil) {
    for finding in context.check(matter) {
      let place = finding.setting.isEmpty ? nil : fields?[finding.setting]
      (place ?? self).problem(finding.message, severity: finding.severity)
    }
  }

  /// Reports that the value is of the wrong type. The value itself is not repeated: it could be a
  /// secret in the wrong place.
  func mismatch(_ expected: String) {
    problem("expected \(expected), found \(node.kind)")
  }

  /// Reports a value that was used before; the words name the name space, such as `app name`.
  func reportIfRepeated(_ value: String, of what: String, within space: String = "") {
    let key = [what, space, value].joined(separator: "\u{0}")
    if let line = context.earlierUse(of: key, line: node.position.line) {
      problem("this \(what) is already used in line \(line)")
    }
  }

  /// The value under `key`, whose row in the table is the child row of this one's.
  func child(_ entry: ConfigurationNode.Entry, freeKey: Bool = false) -> ConfigurationCursor {
    let prefix = path.isEmpty ? "" : path + "."
    let patternPrefix = pattern.isEmpty ? "" : pattern + "."
    let shown = Shown.name(entry.key)
    return ConfigurationCursor(
      node: entry.value,
      path: freeKey && entry.key.contains("/") ? "\(path)[\(shown)]" : prefix + shown,
      pattern: patternPrefix + (freeKey ? "*" : entry.key), context: context)
  }

  /// The elements of the list here.
  func elements() -> [ConfigurationCursor]? {
    guard case .list(let nodes) = node.content else {
      mismatch("a list")
      return nil
    }
    return nodes.enumerated().map { index, node in
      ConfigurationCursor(
        node: node, path: "\(path)[\(index)]", pattern: pattern + "[]", context: context)
    }
  }

  /// Decodes the elements of the list here; those at fault are left out.
  func list<Element>(_ decode: (ConfigurationCursor) -> Element?) -> [Element]? {
    elements()?.compactMap(decode)
  }

  /// The entries of the mapping here, whatever their keys; of duplicates the first.
  func members() -> [(key: String, cursor: ConfigurationCursor)]? {
    entries()?.map { ($0.key, child($0, freeKey: true)) }
  }

  /// The entries of the mapping here, held to the rows of the table.
  func fields() -> ConfigurationFields? {
    guard let entries = entries() else { return nil }
    let known = ConfigurationKeys.children(of: pattern)
    var fields = ConfigurationFields(cursor: self)
    for entry in entries {
      if known.contains(entry.key) {
        fields.values[entry.key] = child(entry)
      } else {
        fields.hasUnknownKeys = true
        reportUnknown(entry, known: known)
      }
    }
    return fields
  }

  func reportUnknown(_ entry: ConfigurationNode.Entry, known: [String]) {
    let hint = NearestName.hint(for: entry.key, among: known)
    let list = hint.isEmpty && !known.isEmpty ? "; known: \(known.joined(separator: ", "))" : hint
    problem("unknown key" + list, at: entry.position, path: child(entry).path)
  }

  private func entries() -> [ConfigurationNode.Entry]? {
    guard case .mapping(let entries) = node.content else {
      mismatch("a mapping")
      return nil
    }
    var first: [String: Position] = [:]
    return entries.filter { entry in
      guard let earlier = first[entry.key] else {
        first[entry.key] = entry.position
        return true
      }
      problem(
        "duplicate key, first given in line \(earlier.line)", at: entry.position,
        path: child(entry).path)
      return false
    }
  }
}

/// The settings of one group.
struct ConfigurationFields {
  let cursor: ConfigurationCursor
  fileprivate(set) var values: [String: ConfigurationCursor] = [:]
  fileprivate(set) var hasUnknownKeys = false

  /// The setting, if it stands in the file.
  subscript(key: String) -> ConfigurationCursor? { values[key] }

  /// The setting; reports if it doesn't stand in the file.
  func required(_ key: String) -> ConfigurationCursor? {
    if let value = values[key] { return value }
    let path = cursor.path.isEmpty ? key : "\(cursor.path).\(key)"
    cursor.problem("required setting is missing", at: cursor.node.position, path: path)
    return nil
  }

  /// The only one of the settings that stands in the file; reports if that is none or several. If
  /// there is an unknown key instead, that was reported and is enough.
  func exactlyOne(of keys: [String]) -> (key: String, cursor: ConfigurationCursor)? {
    let present = keys.filter { values[$0] != nil }
    guard present.count == 1, let key = present.first, let value = values[key] else {
      if present.isEmpty, hasUnknownKeys { return nil }
      let found = present.isEmpty ? "none" : present.joined(separator: " and ")
      cursor.problem("exactly one of \(keys.joined(separator: ", ")) is needed, found \(found)")
      return nil
    }
    return (key, value)
  }
}

/// Decides what of a file may be repeated in a message.
enum Shown {
  private static let secretPrefixes = ["pgw_", "whsec_"]

  /// The text if it looks like a name or pointer, otherwise `…`.
  static func name(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
        UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "*"):
        true
      default: false
      }
    }
    let isShort = (1...48).contains(text.utf8.count)
    let looksSecret = secretPrefixes.contains { text.hasPrefix($0) }
    return isPlain && isShort && !looksSecret ? text : "…"
  }
}
