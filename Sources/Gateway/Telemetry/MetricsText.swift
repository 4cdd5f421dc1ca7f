import GatewayCore

/// Builds a page in the Prometheus text format, version 0.0.4.
struct MetricsText {
  private(set) var text = ""
  private let metric: @Sendable (String) -> Metric?

  /// Begins a page.
  ///
  /// - Parameter metric: knows each metric's form by its name.
  init(_ metric: @escaping @Sendable (String) -> Metric? = { MetricCatalogue[$0] }) {
    self.metric = metric
  }

  /// Adds a metric with all its samples; one without samples is left out.
  ///
  /// - Parameter name: its name in the ``MetricCatalogue``.
  mutating func add(
    _ name: String, _ samples: [(labels: [(String, String)], value: Double)]
  ) {
    guard !samples.isEmpty else { return }
    addHead(name)
    for sample in samples { add(name, sample.labels, sample.value) }
  }

  /// Adds a histogram with all its series; one without series is left out.
  ///
  /// - Parameter name: its name in the ``MetricCatalogue``.
  mutating func histogram(
    _ name: String, _ series: [(labels: [(String, String)], figures: HistogramFigures)]
  ) {
    guard !series.isEmpty else { return }
    addHead(name)
    for (labels, figures) in series {
      var count = 0
      let ends = figures.bounds.map(Self.number) + ["+Inf"]
      for (end, share) in zip(ends, figures.counts) {
        count += share
        add("\(name)_bucket", labels + [("le", end)], Double(count))
      }
      add("\(name)_sum", labels, figures.sum)
      add("\(name)_count", labels, Double(count))
    }
  }

  /// The two lines that tell what a metric is.
  ///
  /// - Parameters:
  ///   - name: its name, without the prefix.
  ///   - kind: its kind.
  ///   - help: its meaning, in one sentence.
  static func head(_ name: String, _ kind: Metric.Kind, help: String) -> String {
    // Line breaks and backslashes alone mean something there.
    let help = help.replacing("\\", with: "\\\\").replacing("\n", with: " ")
    return """
      # HELP podero_gateway_\(name) \(help)
      # TYPE podero_gateway_\(name) \(kind.rawValue)

      """
  }

  private mutating func addHead(_ name: String) {
    text += metric(name)?.head ?? ""
  }

  private mutating func add(_ name: String, _ labels: [(String, String)], _ value: Double) {
    let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    text += "podero_gateway_\(name)\(list.isEmpty ? "" : "{\(list)}") \(Self.number(value))\n"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  private static func escaped(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    // Scalars, not characters: a line break may hide in a character, as in CR LF.
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out.append(contentsOf: "\\\\".unicodeScalars)
      case "\"": out.append(contentsOf: "\\\"".unicodeScalars)
      case "\n": out.append(contentsOf: "\\n".unicodeScalars)
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}
