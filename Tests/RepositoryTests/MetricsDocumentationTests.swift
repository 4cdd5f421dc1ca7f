import Testing

/// Goal: an operator finds every metric in the guide, with its kind, and no other.
/// Method: the names in the code are held against the table in `docs/operating.md`.
@Suite struct MetricsDocumentationTests {
  private struct Metric: Hashable {
    let name: String
    let kind: String
  }

  @Test func `the table has each metric of the code`() throws {
    let page = Repository.files.filter { $0.path.hasPrefix("Sources/Gateway/Admin/MetricsPage") }
      .map(\.text).joined()
    let plain = Set(
      page.matches(of: /"([a-z_]+)",\s+\.(counter|gauge)/).map {
        Metric(name: "podero_gateway_\($0.1)", kind: String($0.2))
      })
    let histograms = Set(
      page.matches(of: /histogram\(\s*"([a-z_]+)"/).map {
        Metric(name: "podero_gateway_\($0.1)", kind: "histogram")
      })
    #expect(histograms.count > 5)
    let inGuide = Set(
      try text("docs/operating.md").matches(of: /\| `(podero_gateway_[a-z_]+)` \| ([a-z]+) \|/).map
      {
        Metric(name: String($0.1), kind: String($0.2))
      })
    let inCode = plain.union(histograms)
    #expect(inCode.count > 15)
    #expect(inCode.subtracting(inGuide).map(\.name).sorted() == [])
    #expect(inGuide.subtracting(inCode).map(\.name).sorted() == [])
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
