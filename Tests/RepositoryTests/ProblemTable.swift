import Foundation
import GatewayCore

/// The table of `docs/problems.md`, made from the catalogue.
enum ProblemTable {
  /// Where the table stands.
  static let path = "docs/problems.md"

  /// The table's lines.
  static let lines: [String] =
    [
      "| status | name | title | what the caller can do | cause and cure |",
      "|---|---|---|---|---|",
    ]
    + ProblemCatalogue.entries.map { entry in
      "| \(entry.status) | `\(entry.type.rawValue)` | \(entry.title) "
        + "| `\(entry.resolution.rawValue)` | \(entry.explanation) |"
    }

  /// The document with the table put in place of the old one.
  static func updated(_ document: String) -> String {
    let old = document.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let first = old.firstIndex(where: { $0.hasPrefix("| status | name |") }) else {
      return document + lines.joined(separator: "\n") + "\n"
    }
    let end = old[first...].firstIndex { !$0.hasPrefix("|") } ?? old.endIndex
    return (old[..<first] + lines + old[end...]).joined(separator: "\n")
  }

  /// Rewrites the document if the run was asked to: `make docs`.
  static func updateIfAsked() throws {
    guard ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil else { return }
    let file = Repository.root.appending(path: path)
    try updated(String(contentsOf: file, encoding: .utf8))
      .write(to: file, atomically: true, encoding: .utf8)
  }
}
