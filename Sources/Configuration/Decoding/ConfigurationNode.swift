/// A place in a file; both counted from 1.
struct Position: Hashable, Sendable {
  var line: Int
  var column: Int
}

/// The file as a tree, each value with its place: all that the decoder knows of YAML.
struct ConfigurationNode: Equatable, Sendable {
  enum Content: Equatable, Sendable {
    case scalar(String, quoted: Bool)
    case list([ConfigurationNode])
    case mapping([Entry])
  }

  struct Entry: Equatable, Sendable {
    var key: String
    var position: Position
    var value: ConfigurationNode
  }

  var content: Content
  var position: Position
}

extension ConfigurationNode {
  /// What kind of value a person would say this is; YAML 1.2's core schema, but with numbers in
  /// JSON's grammar only.
  var kind: String {
    switch content {
    case .list: "a list"
    case .mapping: "a mapping"
    case .scalar(_, quoted: true): "text"
    case .scalar(let text, quoted: false):
      switch PlainScalar(text) {
      case .null: "nothing"
      case .boolean: "true or false"
      case .number: "a number"
      case .text: "text"
      }
    }
  }
}
