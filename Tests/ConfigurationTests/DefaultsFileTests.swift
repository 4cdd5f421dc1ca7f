import GatewayCore
import Testing

@testable import Configuration

/// Goal: `config/gateway.default.yaml`, the key table and the code say the same.
/// Method: the file is read as it stands and with its comments taken away; each setting is then
/// removed or spoiled in turn, and the decoder has to answer as the table says.
@Suite struct DefaultsFileTests {
  private let text: String
  private let trees: [ConfigurationNode]
  private let patterns: [[String: ConfigurationNode]]

  init() throws {
    text = try repositoryText("config/gateway.default.yaml")
    trees = try DefaultsFile(text).variants.map { try #require(ConfigurationNode.parsed($0)) }
    patterns = trees.map { $0.patterns() }
  }

  private func tree(showing key: ConfigurationKey) throws -> (ConfigurationNode, String) {
    let index = try #require(patterns.firstIndex { $0[key.path] != nil })
    return (trees[index], patterns[index][key.path]?.plain ?? "")
  }

  @Test func `the file as it stands gives the defaults of the code`() throws {
    let loaded = try load(text).get()
    #expect(loaded.configuration == GatewayConfiguration())
    #expect(loaded.report.problems.count == 1, "only the missing organisation is remarked on")
  }

  @Test func `with its comments taken away it is accepted, whichever alternative is chosen`() throws
  {
    let full = try #require(trees.first).decoded()
    #expect(throws: Never.self) { try full.get() }
    #expect(trees.count > 15)
    let accepted = trees.filter { if case .success = $0.decoded() { true } else { false } }
    // Without organisations, heat pumps or a signed timestamp what refers to them is refused.
    #expect(accepted.count >= trees.count - 6)
  }

  @Test func `every setting that the decoder knows is in the file, and no other`() {
    let inFile = Set(patterns.flatMap(\.keys))
    let known = Set(ConfigurationKeys.all.map(\.path))
    #expect(inFile.subtracting(known).sorted() == [])
    #expect(known.subtracting(inFile).sorted() == [])
    #expect(known.count == ConfigurationKeys.all.count)
  }

  @Test func `every default in the file is the code's`() throws {
    let file = try #require(ConfigurationNode.parsed(text))
    for key in ConfigurationKeys.all {
      guard let defaultText = key.defaultText else { continue }
      let value = try #require(ConfigurationNode.parsed("x: \(defaultText)")?.patterns()["x"])
      let written = zip([file] + trees, [file.patterns()] + patterns).filter {
        $1[key.path]?.plain == value.plain
      }.map(\.0)
      let tree = try #require(
        written.first { if case .success = $0.decoded() { true } else { false } },
        "\(key.path) is not shown with its default")
      let with = try tree.decoded().get().configuration
      let without = try tree.replacing(key.path, with: nil).decoded().get().configuration
      #expect(with == without, "\(key.path)")
    }
  }

  @Test func `the guard rails in the file are the code's`() throws {
    let tree = try #require(trees.first)
    let with = try tree.decoded().get().configuration.organisations.first?.guardRails
    #expect(with == OrganisationConfiguration.defaultGuardRails)
  }

  @Test func `every required setting is missed`() throws {
    for key in ConfigurationKeys.all where key.presence == .required {
      let (tree, _) = try tree(showing: key)
      guard case .failure(let report) = tree.replacing(key.path, with: nil).decoded() else {
        Issue.record("\(key.path) is not missed")
        continue
      }
      #expect(report.errors.contains { pattern(of: $0.path) == key.path }, "\(key.path)")
    }
  }

  @Test func `every setting is read`() throws {
    let place = Position(line: 1, column: 1)
    let scalar = ConfigurationNode(content: .scalar("7", quoted: false), position: place)
    let entry = ConfigurationNode.Entry(key: "unexpected", position: place, value: scalar)
    let mapping = ConfigurationNode(content: .mapping([entry]), position: place)
    for key in ConfigurationKeys.all {
      let (tree, value) = try tree(showing: key)
      let isMapping = value.hasPrefix("{")
      let spoiled = tree.replacing(key.path, with: isMapping ? scalar : mapping)
      guard case .failure(let report) = spoiled.decoded() else {
        Issue.record("\(key.path) is not read")
        continue
      }
      #expect(
        report.errors.contains { pattern(of: $0.path).hasPrefix(key.path) },
        "\(key.path): \(report.errors)")
    }
  }
}
