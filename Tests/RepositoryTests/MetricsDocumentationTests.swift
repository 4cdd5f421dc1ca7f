import Testing

/// Goal: every metric has its row, and dashboards and alerts name metrics that there are.
/// Method: names in the code are held against the table in `docs/operating.md`, which is made from
/// the catalogue's rows.
@Suite struct MetricsDocumentationTests {
  @Test func `what is measured has a row, and every row is measured`() throws {
    let page = Repository.files.filter { $0.path.hasPrefix("Sources/Gateway/Admin/MetricsPage") }
      .map(\.text).joined()
    let measured = page.matches(of: /page\.(?:add|histogram)\(\s*"([a-z_]+)"/).map {
      "podero_gateway_\($0.1)"
    }
    let rows = try text("docs/operating.md").matches(of: /\| `(podero_gateway_[a-z_]+)` \|/).map {
      String($0.1)
    }
    #expect(measured.count > 60)
    #expect(measured.sorted() == rows.sorted())
  }

  @Test(arguments: ["config/grafana/podero-gateway.json", "config/prometheus/alerts.yaml"])
  func `dashboard and alerts name metrics that there are`(path: String) throws {
    let guide = try text("docs/operating.md")
    let names = Set(try text(path).matches(of: /podero_gateway_[a-z_]+/).map { String($0.0) })
    #expect(names.count > 10)
    let unknown = names.filter { name in
      let series = name.replacing(/_(bucket|sum|count)$/, with: "")
      return !guide.contains("| `\(name)` |") && !guide.contains("| `\(series)` | histogram |")
    }
    #expect(unknown.sorted() == [])
  }

  private func text(_ path: String) throws -> String {
    try #require(Repository.files.first { $0.path == path }).text
  }
}
