import GatewayCore
import TestSupport
import Testing

@testable import Configuration

/// Goal: no file traps the reader, and what it accepts it accepts again.
/// Method: good files, changed at random a few hundred times, from seeds that are printed.
@Suite struct MutationTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func `changed bytes end in a report or a configuration`(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let original = Array(try repositoryText("config/gateway.example.yaml").utf8)
    let pieces = [
      "&a ", "*a", "{", "}", "[", "]", ": ", "- ", "\"", "'", "\n", "\t", "#", "? ", "| ",
    ]
    for _ in 0..<60 {
      var bytes = original
      for _ in 0...random.next() % 4 {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: pieces[Int(random.next() % 15)].utf8, at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 40))
        }
      }
      let result = GatewayConfiguration.load(
        bytes: bytes, now: readingTime, checkSecret: { _ in nil })
      if case .failure(let report) = result {
        #expect(!report.errors.isEmpty)
        #expect(report.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 })
      }
    }
  }

  @Test(arguments: [5, 6, 7, 8] as [UInt64])
  func `changed trees end in a report or a configuration`(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let text = try repositoryText("config/gateway.default.yaml")
    let trees = DefaultsFile(text).variants.compactMap { ConfigurationNode.parsed($0) }
    for _ in 0..<200 {
      var tree = trees[Int(random.next() % UInt64(trees.count))]
      for _ in 0...random.next() % 3 { tree = tree.mutated(random) }
      if case .failure(let report) = tree.decoded() { #expect(!report.errors.isEmpty) }
    }
  }

  @Test func `a renamed key is always unknown`() throws {
    let random = SeededRandom(seed: 9)
    let tree = try #require(
      ConfigurationNode.parsed(repositoryText("config/gateway.default.yaml")))
    guard case .mapping(let entries) = tree.content else { return }
    for index in entries.indices {
      var entries = entries
      entries[index].key += ["x", "_", "S", " "][Int(random.next() % 4)]
      let changed = ConfigurationNode(content: .mapping(entries), position: tree.position)
      guard case .failure(let report) = changed.decoded() else {
        Issue.record("accepted")
        continue
      }
      #expect(report.errors.map(\.message).contains { $0.hasPrefix("unknown key") })
    }
  }
}

extension ConfigurationNode {
  /// The tree with one change somewhere: a value of another kind, a key renamed, doubled or gone.
  fileprivate func mutated(_ random: SeededRandom) -> ConfigurationNode {
    var copy = self
    switch content {
    case .list(var nodes) where !nodes.isEmpty && random.next() % 5 != 0:
      let index = Int(random.next() % UInt64(nodes.count))
      if random.next() % 8 == 0 { nodes.append(nodes[index]) }
      nodes[index] = nodes[index].mutated(random)
      copy.content = .list(nodes)
    case .mapping(var entries) where !entries.isEmpty && random.next() % 8 != 0:
      let index = Int(random.next() % UInt64(entries.count))
      switch random.next() % 10 {
      case 0: entries[index].key += "x"
      case 1: entries.append(entries[index])
      case 2: entries.remove(at: index)
      case 3: entries[index].key = ""
      default: entries[index].value = entries[index].value.mutated(random)
      }
      copy.content = .mapping(entries)
    default:
      let values = ["", "null", "-1", "1e99", "true", "*", "/a/b", "P1D", "é\u{0}", "0.1", "9e18"]
      let text = values[Int(random.next() % UInt64(values.count))]
      copy.content =
        switch random.next() % 4 {
        case 0: .list([])
        case 1: .mapping([])
        default: .scalar(text, quoted: random.next() % 2 == 0)
        }
    }
    return copy
  }
}
