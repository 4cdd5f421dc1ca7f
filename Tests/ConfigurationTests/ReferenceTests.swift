import Configuration
import Foundation
import Testing

/// Goal: the reference for people lists exactly the settings that there are.
/// Method: its tables are made from the key table and compared; `make docs` writes them instead.
@Suite struct ReferenceTests {
  private static let path = "docs/configuration.md"

  @Test func `the tables of the reference are those of the code`() throws {
    let text = try repositoryText(Self.path)
    let expected = Self.withTables(text)
    let environment = ProcessInfo.processInfo.environment
    if environment["UPDATE_DOCS"] != nil || environment["UPDATE_REFERENCE"] == "1" {
      try expected.write(to: repositoryFile(Self.path), atomically: true, encoding: .utf8)
    } else {
      #expect(text == expected, "run `make docs`")
    }
  }

  @Test func `every setting has its row`() throws {
    let text = try repositoryText(Self.path)
    for key in ConfigurationKeys.all {
      #expect(text.contains("\n| `\(key.path)` |"), "\(key.path)")
    }
  }

  // A table stands between `<!-- settings: NAME -->` and `<!-- end -->`.
  private static func withTables(_ text: String) -> String {
    var lines: [Substring] = []
    var isInTable = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "<!-- end -->" { isInTable = false }
      if !isInTable { lines.append(line) }
      if line.hasPrefix("<!-- settings: ") {
        isInTable = true
        lines += table(of: line.dropFirst(15).prefix { $0 != " " }).split(separator: "\n")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func table(of group: Substring) -> String {
    let rows = ConfigurationKeys.all.filter { key in
      key.path == group || key.path.hasPrefix("\(group).") || key.path.hasPrefix("\(group)[].")
    }
    return "| key | takes | default | meaning |\n|---|---|---|---|\n"
      + rows.map { key in
        let presence =
          switch key.presence {
          case .required: "required"
          case .optional: "–"
          case .defaulted(let text): "`\(text)`"
          }
        let restart = key.needsRestart && key.kind != .group ? " A change needs a restart." : ""
        return "| `\(key.path)` | \(key.kind) | \(presence) | \(key.meaning)\(restart) |\n"
      }.joined()
  }
}
