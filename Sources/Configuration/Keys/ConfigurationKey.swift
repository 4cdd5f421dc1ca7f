public import GatewayCore

/// A row of the key table: one setting.
public struct ConfigurationKey: Sendable {
  /// Whether the file has to set it.
  public enum Presence: Sendable, Equatable {
    /// It has to, wherever its group stands.
    case required
    /// It doesn't, and without it the thing is absent.
    case optional
    /// It doesn't, and without it this value counts, as the file would write it.
    case defaulted(String)
  }

  /// The path, with `[]` for each element of a list and `*` for each key of a mapping that has
  /// free keys: `apps[].may_write.*.minimum`.
  public let path: String
  /// What it takes.
  public let kind: ConfigurationValueKind
  /// Whether it has to stand.
  public let presence: Presence
  /// What it does, for people.
  public let meaning: String

  /// Whether it counts at the start only: a reload leaves it as it was.
  public var needsRestart: Bool {
    ConfigurationKeys.fixed.contains { path == $0 || path.hasPrefix($0 + ".") }
  }

  /// The default as the file would write it, if there is one.
  public var defaultText: String? {
    guard case .defaulted(let text) = presence else { return nil }
    return text
  }

  /// The path of the group that it stands in; empty for the whole file.
  public var parent: String {
    path.lastIndex(of: ".").map { String(path[..<$0]) } ?? ""
  }

  /// The last part of the path.
  public var name: String {
    path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path
  }
}

/// What a setting takes; also says the limits that the decoder holds values to.
public enum ConfigurationValueKind: Sendable, Equatable, CustomStringConvertible {
  /// Any text but none.
  case text
  /// 1–64 letters, digits, `-`, `_`, `.`, a letter or digit first.
  case name
  /// A file's path.
  case path
  /// `{env: NAME}` or `{file: PATH}`.
  case secret
  /// 64 lower-case hexadecimal digits.
  case hash
  /// A UUID.
  case id
  /// An absolute URL.
  case url
  /// A JSON Pointer.
  case pointer
  /// An RFC 3339 time.
  case time
  /// An IP address.
  case address
  /// A header's name.
  case header
  /// `true` or `false`.
  case boolean
  /// A whole number.
  case integer(ClosedRange<Int>)
  /// A decimal number.
  case decimal(ClosedRange<ExactDecimal>)
  /// An ISO 8601 duration.
  case duration(ClosedRange<Duration>)
  /// One of some words.
  case choice([String])
  /// A mapping with keys of its own rows.
  case group
  /// A list; the words say of what.
  case list(String)
  /// A mapping with free keys; the words say which.
  case mapping(String)
  /// Anything; the words say what.
  case value(String)

  /// For people.
  public var description: String {
    switch self {
    case .text: "text"
    case .name: "name"
    case .path: "path"
    case .secret: "secret"
    case .hash: "hash"
    case .id: "UUID"
    case .url: "URL"
    case .pointer: "JSON Pointer"
    case .time: "time"
    case .address: "IP address"
    case .header: "header name"
    case .boolean: "true or false"
    case .integer(let range): "integer, \(range.lowerBound) to \(range.upperBound)"
    case .decimal(let range): "number, \(range.lowerBound) to \(range.upperBound)"
    case .duration(let range):
      "duration, \(range.lowerBound.iso8601) to \(range.upperBound.iso8601)"
    case .choice(let words): words.joined(separator: ", ")
    case .group: "group"
    case .list(let words): "list of \(words)"
    case .mapping(let words): "mapping, \(words)"
    case .value(let words): words
    }
  }

  static func choice<Choice>(of type: Choice.Type) -> ConfigurationValueKind
  where Choice: RawRepresentable<String> & CaseIterable {
    .choice(type.allCases.map(\.rawValue))
  }

  static func duration(_ lower: Int, _ upper: Int) -> ConfigurationValueKind {
    .duration(.seconds(lower)...(.seconds(upper)))
  }
}
