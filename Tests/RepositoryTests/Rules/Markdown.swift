/// As much of Markdown as the checks need: links and headings.
struct Markdown: Sendable {
  /// A link or an image.
  struct Link: Sendable, Equatable {
    /// What stands in the parentheses.
    let target: String
    /// Counted from 1.
    let line: Int
  }

  /// All inline links outside of code.
  let links: [Link]
  /// The fragments that headings give, such as `a-requests-way`.
  let anchors: Set<String>

  init(_ text: String) {
    var links: [Link] = []
    var anchors: Set<String> = []
    var isFenced = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isFenced.toggle()
      } else if !isFenced {
        if line.hasPrefix("#") { anchors.insert(Self.anchor(of: line)) }
        links += Self.targets(in: Self.withoutCode(line)).map { Link(target: $0, line: index + 1) }
      }
    }
    self.links = links
    self.anchors = anchors
  }

  /// Links of `file` that lead nowhere. Links to other hosts are not followed.
  ///
  /// - Parameter document: gives the text at a path counted from the root; empty for a file without
  ///   anchors or a folder, nil where nothing is.
  static func brokenLinks(of file: SourceFile, document: (String) -> String?) -> [Finding] {
    Markdown(file.text).links.compactMap { link in
      guard !link.target.contains(":") else { return nil }
      let parts = link.target.split(
        separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let path = parts[0].isEmpty ? file.path : resolve(String(parts[0]), from: file.path)
      let broken = Finding(
        path: file.path, line: link.line, rule: "the link to \(link.target) leads nowhere")
      guard let path, let text = document(path) else { return broken }
      guard parts.count == 2 else { return nil }
      return Markdown(text).anchors.contains(String(parts[1])) ? nil : broken
    }
  }

  private static func resolve(_ target: String, from path: String) -> String? {
    var parts = path.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(String(part))
      } else if parts.popLast() == nil {
        return nil
      }
    }
    return parts.joined(separator: "/")
  }

  private static func withoutCode(_ line: Substring) -> String {
    line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "code" }.joined()
  }

  private static func targets(in line: String) -> [String] {
    line.split(separator: "](", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
      rest.firstIndex(of: ")").map { String(rest[..<$0].prefix { $0 != " " }) }
    }
  }

  // As GitHub does it: lower case, blanks to hyphens, everything but letters, digits, hyphens and
  // underscores left out.
  private static func anchor(of heading: Substring) -> String {
    let title = heading.drop { $0 == "#" || $0 == " " }
    return String(
      title.lowercased().compactMap { character in
        if character == " " { return "-" }
        return character.isLetter || character.isNumber || "-_".contains(character)
          ? character : nil
      })
  }
}
