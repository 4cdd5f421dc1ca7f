import GatewayCore
import HeatPumps

/// Pages for people, rendered on the gateway: they load nothing from anywhere.
enum DocsPage {
  /// The description of all endpoints, fields and problems.
  static func html(_ endpoints: [Endpoint]) -> String {
    let operations = endpoints.map { endpoint in
      let access =
        switch endpoint.access {
        case .open: "open"
        case .hook: "what the hook's configuration names"
        case .admin(let role): "admin key, \(role.rawValue)"
        case .app(let scopes): scopes.names.joined(separator: ", ")
        }
      let parameters = endpoint.query.map { "<code>?\($0.name)=</code> \(escaped($0.summary))" }
      return row([
        "<code>\(endpoint.method.rawValue) \(escaped(endpoint.template))</code>",
        ([escaped(endpoint.summary)] + parameters).joined(separator: "<br>"), escaped(access),
      ])
    }
    let fields = FieldTable.fields.map { field in
      row([
        "<code>\(field.pointer)</code>", escaped(field.summary),
        field.access == .readOnly ? "read only" : field.access == .admin ? "admin" : "write",
      ])
    }
    return page(
      "Podero gateway",
      """
      <p>The machine-readable form is <a href="/openapi.json">/openapi.json</a>; problems are
      explained at <a href="/problems">/problems</a>.</p>
      <h2>Operations</h2>\(table(["Operation", "What it does", "Scopes"], operations))
      <h2>Fields of a heat pump</h2>\(table(["Pointer", "Meaning", "Who"], fields))
      """)
  }

  /// All problems.
  static func problems() -> String {
    page(
      "Problems",
      table(
        ["Name", "Status", "Title"],
        ProblemCatalogue.entries.map {
          row([
            "<a href=\"/problems/\($0.type.rawValue)\">\($0.type.rawValue)</a>", "\($0.status)",
            escaped($0.title),
          ])
        }))
  }

  /// One problem.
  static func problem(_ entry: ProblemEntry) -> String {
    page(
      entry.title,
      """
      <p><code>/problems/\(entry.type.rawValue)</code>, status \(entry.status),
      resolution <code>\(entry.resolution.rawValue)</code></p><p>\(escaped(entry.explanation))</p>
      <p><a href="/problems">All problems</a></p>
      """)
  }

  private static func page(_ title: String, _ content: String) -> String {
    """
    <!doctype html><html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title><style>
    :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;
    margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
    th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #8884}
    code{font-size:.9em}
    </style></head><body><h1>\(escaped(title))</h1>\(content)</body></html>
    """
  }

  private static func table(_ heads: [String], _ rows: [String]) -> String {
    let head = heads.map { "<th scope=\"col\">\($0)</th>" }.joined()
    return "<table><thead><tr>\(head)</tr></thead><tbody>\(rows.joined())</tbody></table>"
  }

  private static func row(_ cells: [String]) -> String {
    "<tr>\(cells.map { "<td>\($0)</td>" }.joined())</tr>"
  }

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
