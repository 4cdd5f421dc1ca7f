import Foundation
import GatewayCore
import HeatPumps
import Testing

@testable import Gateway

/// Goal: the references for people list exactly the fields, events and metrics that there are.
/// Method: their tables are made from the code's and compared; `make docs` writes them anew.
@Suite struct ReferenceFileTests {
  @Test(arguments: ReferenceTable.all)
  func `the table in the document is the one in the code`(table: ReferenceTable) throws {
    let file = ReferenceTable.root.appending(path: table.path)
    let text = try String(contentsOf: file, encoding: .utf8)
    let updated = try #require(table.updated(text), "\(table.path) has no place for it")
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try updated.write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(text == updated, "run `make docs`")
    }
  }

  @Test func `a stale table is put right, and the words around it stay`() {
    let table = ReferenceTable(path: "", name: "x", heads: ["a", "b"], rows: [["1", "2|3"]])
    let stale = "before\n<!-- x: made -->\n| old |\n<!-- end -->\nafter\n"
    let fresh =
      "before\n<!-- x: made -->\n| a | b |\n|---|---|\n| 1 | 2\\|3 |\n<!-- end -->\nafter\n"
    #expect(table.updated(stale) == fresh)
    #expect(table.updated(fresh) == fresh)
    #expect(table.updated("nothing here") == nil)
  }
}

/// A table of a document, which stands between `<!-- NAME: … -->` and `<!-- end -->`.
struct ReferenceTable: Sendable, CustomTestStringConvertible {
  let path: String
  let name: String
  let heads: [String]
  let rows: [[String]]

  var testDescription: String { "\(path): \(name)" }

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The document with the table in its place; `nil` if it has no place for it.
  func updated(_ document: String) -> String? {
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("<!-- \(name): ") }),
      let end = lines[start...].firstIndex(of: "<!-- end -->")
    else { return nil }
    let table = [row(heads), "|" + String(repeating: "---|", count: heads.count)] + rows.map(row)
    return (lines[...start] + table + lines[end...]).joined(separator: "\n")
  }

  private func row(_ cells: [String]) -> String {
    "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }
}

extension ReferenceTable {
  static let all = [metrics, events, fields]

  private static let metrics = ReferenceTable(
    path: "docs/operating.md", name: "metrics",
    heads: ["metric", "kind", "labels", "means, and when to look"],
    rows: MetricCatalogue.entries.map { metric in
      [
        "`podero_gateway_\(metric.name)`", metric.kind.rawValue,
        metric.labels.map { "`\($0)`" }.joined(separator: ", "), metric.meaning,
      ]
    })

  private static let events = ReferenceTable(
    path: "docs/events.md", name: "events", heads: ["type", "tells"],
    rows: HeatPumpEventType.allCases.map { ["`\($0.rawValue)`", EventTypeText.summary($0)] })

  private static let fields = ReferenceTable(
    path: "docs/heat-pumps.md", name: "fields",
    heads: ["pointer", "holds", "who writes", "update field", "answer field", "event", "meaning"],
    rows: FieldTable.fields.map { field in
      [
        "`\(field.pointer)`", holds(field), field.access.rawValue, path(field.updatePath),
        path(field.answerPath), field.eventClass == .none ? "–" : field.eventClass.rawValue,
        meaning(field),
      ]
    })

  private static func path(_ names: [String]) -> String {
    names.isEmpty ? "–" : "`\(names.joined(separator: "."))`"
  }

  private static func holds(_ field: Field) -> String {
    let kind =
      switch field.kind {
      case .boolean: "true or false"
      case .integer: "whole number"
      case .decimal: "number"
      case .text(let maximum?): "text, at most \(maximum) characters"
      case .text: "text"
      case .time: "time"
      case .uuid: "UUID"
      case .enumeration(let words): words.map { "`\($0)`" }.joined(separator: ", ")
      case .level: "`low`, `mid`, `max`"
      case .actions: "list of actions"
      case .pending: "list of values"
      }
    return kind + (field.isNullable ? ", or null" : "")
  }

  private static func meaning(_ field: Field) -> String {
    field.summary + (field.isPersonal ? " Personal data." : "")
      + (field.schemaDefault.map { " Default of the update's schema: `\($0.text)`." } ?? "")
  }
}
