import GatewayCore

/// The pages about problems, and what pages are made with.
enum DocsPage {
  /// All problems.
  static func problems() -> String {
    HTML.page(
      "Problems", class: "problems",
      "<main><h1>Problems</h1>"
        + HTML.table(
          ["Name", "Status", "Title"],
          ProblemCatalogue.entries.map { entry in
            let name = entry.type.rawValue
            return [HTML.link("/problems/\(name)", name), "\(entry.status)", escaped(entry.title)]
          }) + "</main>")
  }

  /// One problem.
  static func problem(_ entry: ProblemEntry) -> String {
    HTML.page(
      entry.title, class: "problem",
      """
      <main><h1>\(escaped(entry.title))</h1>
      <p><code>/problems/\(entry.type.rawValue)</code>, status \(entry.status),
      resolution <code>\(entry.resolution.rawValue)</code></p>
      <p>\(HTML.inline(entry.explanation))</p>
      <p><a href="/problems">All problems</a></p></main>
      """)
  }

  /// Text as HTML.
  static func escaped(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    // Scalars, not characters: a combining mark would make another character of a bracket.
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out.append(contentsOf: "&amp;".unicodeScalars)
      case "<": out.append(contentsOf: "&lt;".unicodeScalars)
      case ">": out.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": out.append(contentsOf: "&quot;".unicodeScalars)
      case "'": out.append(contentsOf: "&#39;".unicodeScalars)
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}
