import GatewayCore

@testable import Configuration

extension ConfigurationNode {
  /// The tree of a text that is known to be good.
  static func parsed(_ text: String) -> ConfigurationNode? {
    var reader = YAMLReader()
    return reader.read(text)
  }

  /// Decodes the tree as a file would be.
  func decoded() -> Result<LoadedConfiguration, ConfigurationReport> {
    GatewayConfiguration.decode(
      self, now: readingTime, checkSecret: { _ in nil })
  }

  /// The value without its places.
  var plain: String {
    switch content {
    case .scalar(let text, _): text
    case .list(let nodes): "[\(nodes.map(\.plain).joined(separator: ", "))]"
    case .mapping(let entries):
      "{\(entries.map { "\($0.key): \($0.value.plain)" }.joined(separator: ", "))}"
    }
  }

  /// Every path of the key table that occurs in the tree, with its first value.
  func patterns(below pattern: String = "") -> [String: ConfigurationNode] {
    var found: [String: ConfigurationNode] = [:]
    switch content {
    case .scalar: break
    case .list(let nodes):
      for node in nodes {
        found.merge(node.patterns(below: pattern + "[]"), uniquingKeysWith: { first, _ in first })
      }
    case .mapping(let entries):
      for entry in entries {
        let key = entry.key.hasPrefix("/") ? "*" : entry.key
        let path = pattern.isEmpty ? key : "\(pattern).\(key)"
        if key != "*" { found[path] = found[path] ?? entry.value }
        if ["with", "patch", "secrets", "claims"].contains(key)
          || ConfigurationKeys.named(path)?.kind == .secret
        {
          continue
        }
        found.merge(entry.value.patterns(below: path), uniquingKeysWith: { first, _ in first })
      }
    }
    return found
  }

  /// The tree with the first value at that path replaced, or removed with its key for `nil`.
  func replacing(_ pattern: String, with value: ConfigurationNode?) -> ConfigurationNode {
    var isDone = false
    return replacing(pattern, below: "", with: value, isDone: &isDone)
  }

  private func replacing(
    _ wanted: String, below pattern: String, with value: ConfigurationNode?, isDone: inout Bool
  ) -> ConfigurationNode {
    var copy = self
    switch content {
    case .scalar: break
    case .list(let nodes):
      copy.content = .list(
        nodes.map {
          $0.replacing(wanted, below: pattern + "[]", with: value, isDone: &isDone)
        })
    case .mapping(let entries):
      var kept: [Entry] = []
      for var entry in entries {
        let key = entry.key.hasPrefix("/") ? "*" : entry.key
        let path = pattern.isEmpty ? key : "\(pattern).\(key)"
        if path == wanted, !isDone {
          isDone = true
          guard let value else { continue }
          entry.value = value
        } else {
          entry.value = entry.value.replacing(
            wanted, below: path, with: value, isDone: &isDone)
        }
        kept.append(entry)
      }
      copy.content = .mapping(kept)
    }
    return copy
  }
}

/// A path of a problem as the key table writes it.
func pattern(of path: String) -> String {
  path.replacing(#/\[[0-9]+\]/#, with: "[]").replacing(#/\[/[^\]]*\]/#, with: ".*")
}
