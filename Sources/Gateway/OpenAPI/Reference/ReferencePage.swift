import GatewayCore

/// The OpenAPI document as a page for people.
///
/// It is made from the document alone, so that it cannot say anything else, and it loads nothing:
/// no script, no font, no picture. Every operation stands at `#OPERATION-ID`, every schema at
/// `#schema-NAME`.
struct ReferencePage {
  let document: JSONValue

  /// The whole page.
  var html: String {
    let information = document["info"]
    let title = information?["title"]?.string ?? "API"
    return HTML.page(
      title, class: "reference",
      """
      <a class="skip" href="#content">To the content</a>
      <header><h1>\(HTML.escaped(title))</h1>
      <p>\(HTML.inline(information?["description"]?.string ?? "")) Version \
      \(HTML.escaped(information?["version"]?.string ?? "")).</p>
      <p>For machines: <a href="/openapi.json">openapi.json</a>, OpenAPI \
      \(HTML.escaped(document["openapi"]?.string ?? "")). What can go wrong:
      <a href="/problems">problems</a>.</p></header>
      \(contents)
      <main id="content">\(access)\(groups.map(section).joined())
      <section><h2 id="schemas">Schemas</h2>\(schemas.map(section).joined())</section></main>
      """)
  }

  // MARK: Contents

  private var contents: String {
    let operations = groups.map { group in
      let links = group.operations.map { operation in
        HTML.link("#\(operation.id)", "\(HTML.method(operation.method)) \(path(operation))")
      }
      return
        "<h3>\(HTML.link("#\(group.anchor)", HTML.escaped(group.name)))</h3>\(HTML.list(links))"
    }
    let names = schemas.map { HTML.link("#schema-\($0.name)", HTML.escaped($0.name)) }
    return """
      <nav aria-label="Contents">\(operations.joined())
      <h3>\(HTML.link("#schemas", "Schemas"))</h3>\(HTML.list(names))</nav>
      """
  }

  // A long path may be broken before each of its segments.
  private func path(_ operation: ReferenceOperation) -> String {
    "<code>\(HTML.escaped(operation.path).replacing("/", with: "<wbr>/"))</code>"
  }

  /// How a caller shows who it is.
  private var access: String {
    let schemes = document.at(pointer: "/components/securitySchemes")?.object?.members ?? []
    let rows = schemes.map { scheme in
      [
        "<code>\(HTML.escaped(scheme.key))</code>",
        HTML.inline(scheme.value["description"]?.string ?? ""),
      ]
    }
    return """
      <section><h2 id="access">Who is calling</h2>
      <p>Every request that needs a key shows one of these.</p>\(HTML.table(["Way", "Is"], rows))
      </section>
      """
  }

  // MARK: Operations

  private struct Group {
    let name: String
    let summary: String
    let operations: [ReferenceOperation]
    var anchor: String {
      "tag-" + String(name.lowercased().map { $0.isLetter ? $0 : "-" })
    }
  }

  private var groups: [Group] {
    let all = (document["paths"]?.object?.members ?? []).flatMap { path in
      (path.value.object?.members ?? []).map {
        ReferenceOperation(path: path.key, method: $0.key.uppercased(), value: $0.value)
      }
    }
    return (document["tags"]?.array ?? []).map { tag in
      let name = tag["name"]?.string ?? ""
      return Group(
        name: name, summary: tag["description"]?.string ?? "",
        operations: all.filter { $0.value["tags"]?.array?.first?.string == name })
    }
  }

  private func section(_ group: Group) -> String {
    """
    <section><h2 id="\(group.anchor)">\(HTML.escaped(group.name))</h2>
    <p>\(HTML.inline(group.summary))</p>
    \(group.operations.map { $0.section(in: document) }.joined())</section>
    """
  }

  // MARK: Schemas

  private var schemas: [(name: String, schema: JSONValue)] {
    (document.at(pointer: "/components/schemas")?.object?.members ?? []).map { ($0.key, $0.value) }
  }

  private func section(_ entry: (name: String, schema: JSONValue)) -> String {
    """
    <section class="part" id="schema-\(HTML.escaped(entry.name))">
    <h3>\(HTML.escaped(entry.name))\(HTML.anchor("schema-\(entry.name)", entry.name))</h3>
    \(SchemaText.description(entry.schema))</section>
    """
  }
}
