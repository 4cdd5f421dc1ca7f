/// Pieces of pages that are made here: they need no script, and load nothing.
enum HTML {
  /// A whole page.
  ///
  /// - Parameters:
  ///   - title: as text.
  ///   - kind: the class of the body, which the style goes by.
  ///   - content: as HTML.
  static func page(_ title: String, class kind: String, _ content: String) -> String {
    """
    <!doctype html><html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title><style>\(PageStyle.text)</style></head>
    <body class="\(kind)">\(content)</body></html>
    """
  }

  /// Text as HTML.
  static func escaped(_ text: String) -> String { DocsPage.escaped(text) }

  /// Text in which words between backticks are code, as HTML.
  ///
  /// - Parameter link: where such a word leads; `nil` for nowhere.
  static func inline(_ text: String, link target: (String) -> String? = { _ in nil }) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
    // Without a partner, the last backtick is text.
    guard parts.count % 2 == 1 else { return escaped(text) }
    return parts.enumerated().map { index, part in
      guard index % 2 == 1 else { return escaped(part) }
      let code = "<code>\(escaped(part))</code>"
      return target(part).map { link($0, code) } ?? code
    }.joined()
  }

  /// A link; its content is HTML.
  static func link(_ target: String, _ content: String) -> String {
    "<a href=\"\(escaped(target))\">\(content)</a>"
  }

  /// A heading's link to itself.
  static func anchor(_ id: String, _ name: String) -> String {
    " <a class=\"anchor\" href=\"#\(escaped(id))\" aria-label=\"Link to \(escaped(name))\">#</a>"
  }

  /// A method in its colour.
  static func method(_ name: String) -> String {
    "<span class=\"method \(escaped(name.lowercased()))\">\(escaped(name))</span>"
  }

  /// A remark of a word or two.
  static func badge(_ text: String) -> String { " <span class=\"badge\">\(escaped(text))</span>" }

  /// A list; its items are HTML.
  static func list(_ items: [String]) -> String {
    "<ul>\(items.map { "<li>\($0)</li>" }.joined())</ul>"
  }

  /// A table; heads and cells are HTML, and the first cell of each row names it.
  static func table(_ heads: [String], _ rows: [[String]]) -> String {
    let head = heads.map { "<th scope=\"col\">\($0)</th>" }.joined()
    let body = rows.map { cells in
      let rest = cells.dropFirst().map { "<td>\($0)</td>" }.joined()
      return "<tr><th scope=\"row\">\(cells.first ?? "")</th>\(rest)</tr>"
    }
    // A wide table scrolls by itself, and can be reached with the keyboard for that.
    return """
      <div class="wide" tabindex="0"><table><thead><tr>\(head)</tr></thead>
      <tbody>\(body.joined())</tbody></table></div>
      """
  }
}
