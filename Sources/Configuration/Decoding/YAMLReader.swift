import Yams

/// Reads YAML into a ``ConfigurationNode``; the only place that knows the parser.
struct YAMLReader {
  /// The largest file that is read, in bytes.
  static let maximumBytes = 4 << 20

  private(set) var problems: [ConfigurationProblem] = []
  private var repair = DuplicateKeyRepair("")

  /// Reads bytes that should be UTF-8.
  mutating func read(_ bytes: [UInt8]) -> ConfigurationNode? {
    guard bytes.count <= YAMLReader.maximumBytes else {
      report("the file is larger than 4 MiB", at: Position(line: 1, column: 1))
      return nil
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let valid = validPrefix(of: bytes)
      report("the file is not UTF-8", at: YAMLReader.end(of: valid))
      return nil
    }
    return read(text)
  }

  /// Reads text.
  mutating func read(_ text: String) -> ConfigurationNode? {
    guard text.utf8.count <= YAMLReader.maximumBytes else {
      report("the file is larger than 4 MiB", at: Position(line: 1, column: 1))
      return nil
    }
    let aliases = AliasScan.places(in: text)
    guard aliases.isEmpty else {
      for place in aliases {
        report("anchors and aliases are not accepted; quote text that begins so", at: place)
      }
      return nil
    }
    repair = DuplicateKeyRepair(text)
    while true {
      do {
        return try compose()
      } catch YamlError.duplicatedKeysInMapping(_, let context) {
        guard repair.rename(keyAt: Position(context.mark)) else {
          report("a key stands twice in one mapping", at: Position(context.mark))
          return nil
        }
      } catch {
        report(error)
        return nil
      }
    }
  }

  private mutating func compose() throws -> ConfigurationNode? {
    // With the basic resolver no scalar is interpreted: that is the decoder's business.
    let parser = try Parser(yaml: repair.text, resolver: .basic, encoding: .utf8)
    let root = try parser.singleRoot()
    guard let root, !YAMLReader.isNothing(root) else {
      report("the file is empty", at: Position(line: 1, column: 1))
      return nil
    }
    // Nodes hold their anchors weakly, the parser strongly.
    return withExtendedLifetime(parser) { convert(root) }
  }

  // A file of just `---` holds one scalar without text.
  private static func isNothing(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    return scalar.string.isEmpty && scalar.style == .plain
  }

  private mutating func convert(_ node: Node) -> ConfigurationNode {
    let position = node.mark.map(Position.init) ?? Position(line: 1, column: 1)
    if node.anchor != nil {
      report("anchors and aliases are not accepted", at: position)
      return ConfigurationNode(content: .scalar("", quoted: true), position: position)
    }
    if !YAMLReader.plainTags.contains(node.tag.description) {
      report("tags are not accepted", at: position)
    }
    switch node {
    case .scalar(let scalar):
      let content = ConfigurationNode.Content.scalar(scalar.string, quoted: scalar.style != .plain)
      return ConfigurationNode(content: content, position: position)
    case .sequence(let sequence):
      return ConfigurationNode(content: .list(sequence.map { convert($0) }), position: position)
    case .mapping(let mapping):
      return ConfigurationNode(content: .mapping(entries(of: mapping)), position: position)
    case .alias:
      return ConfigurationNode(content: .scalar("", quoted: true), position: position)
    }
  }

  private mutating func entries(of mapping: Node.Mapping) -> [ConfigurationNode.Entry] {
    var entries: [ConfigurationNode.Entry] = []
    for (key, value) in mapping {
      let position = key.mark.map(Position.init) ?? Position(line: 1, column: 1)
      guard case .scalar(let scalar) = key else {
        report("a key must be text", at: position)
        continue
      }
      entries.append(
        ConfigurationNode.Entry(
          key: repair.restore(scalar.string), position: position, value: convert(value)))
    }
    return entries
  }

  private static let plainTags: Set<String> = [
    Tag.Name.str.rawValue, Tag.Name.seq.rawValue, Tag.Name.map.rawValue,
    Tag.Name.implicit.rawValue,
  ]

  // The parser's own words hold no text of the file, but its description of an error does.
  private mutating func report(_ error: any Error) {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _),
      YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      report("not valid YAML: \(problem)", at: Position(mark))
    case YamlError.reader(let problem, let offset, _, let yaml):
      let before = offset.map { Array(String(yaml.prefix($0)).utf8) } ?? []
      report("not valid YAML: \(problem)", at: YAMLReader.end(of: before))
    default:
      report("not valid YAML", at: Position(line: 1, column: 1))
    }
  }

  private mutating func report(_ message: String, at position: Position) {
    problems.append(
      ConfigurationProblem(
        path: "", line: position.line, column: position.column, message: message))
  }

  private func validPrefix(of bytes: [UInt8]) -> [UInt8] {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var length = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      length += UTF8.width(scalar)
    }
    return Array(bytes.prefix(length))
  }

  private static func end(of bytes: [UInt8]) -> Position {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let last = String(decoding: lines.last ?? [], as: UTF8.self)
    return Position(line: max(lines.count, 1), column: last.unicodeScalars.count + 1)
  }
}

extension Position {
  fileprivate init(_ mark: Mark) {
    self.init(line: mark.line, column: mark.column)
  }
}
