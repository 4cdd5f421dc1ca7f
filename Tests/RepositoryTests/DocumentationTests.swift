import Foundation
import GatewayCore
import Testing

/// Goal: the documents say what is so, and their links lead somewhere.
/// Method: documents are held against the code, the disk, and deliberate mistakes.
@Suite struct DocumentationTests {
  @Test(arguments: [
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "SECURITY.md",
    "docs/architecture.md", "docs/problems.md",
  ])
  func `a reader finds the usual documents`(path: String) {
    #expect(Repository.files.first { $0.path == path }?.text.isEmpty == false)
  }

  @Test func `every relative link leads somewhere`() {
    let texts = Dictionary(
      Repository.files.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
    let findings = Repository.documents.flatMap { file in
      Markdown.brokenLinks(of: file) { texts[$0] ?? (Repository.exists($0) ? "" : nil) }
    }
    #expect(findings == [])
  }

  @Test func `links to missing files and headings are found, others are not`() {
    let file = SourceFile(
      path: "docs/a.md",
      text: """
        # A request's way
        [gone](gone.md) [here](b.md) [up](../README.md) [own](#a-requests-way)
        [no heading](b.md#nowhere) [heading](b.md#two-words)
        [web](https://example.com/x) `[code](gone.md)`
        ```
        [fenced](gone.md)
        ```
        ![picture](gone.svg "title") [out](../../gone.md)
        """)
    let texts = ["docs/a.md": file.text, "docs/b.md": "## Two words\n", "README.md": ""]
    let findings = Markdown.brokenLinks(of: file) { texts[$0] }
    #expect(findings.map(\.line) == [2, 3, 8, 8])
  }

  @Test func `the problem list is the catalogue`() throws {
    try ProblemTable.updateIfAsked()
    let file = Repository.root.appending(path: ProblemTable.path)
    let document = try String(contentsOf: file, encoding: .utf8)
    #expect(document == ProblemTable.updated(document), "run `make docs`")
    for type in ProblemType.allCases {
      #expect(document.contains("| `\(type.rawValue)` |"))
    }
  }

  @Test func `a stale problem list is put right and the words around it stay`() {
    let stale = "before\n\n| status | name | old |\n|---|---|---|\n| 1 | `gone` | x |\n\nafter\n"
    let fresh = ProblemTable.updated(stale)
    #expect(fresh != stale)
    #expect(fresh.hasPrefix("before\n\n| status | name | title |"))
    #expect(fresh.hasSuffix(" |\n\nafter\n"))
    #expect(!fresh.contains("gone"))
    #expect(ProblemTable.updated(fresh) == fresh)
  }

  @Test func `the architecture names every room`() throws {
    let document = try #require(Repository.files.first { $0.path == "docs/architecture.md" })
    for target in ImportTable.allowed.keys {
      #expect(document.text.contains("`\(target)`"), "\(target) is missing")
    }
  }

  @Test func `the architecture lists every decision`() throws {
    let document = try #require(Repository.files.first { $0.path == "docs/architecture.md" })
    let links = Set(Markdown(document.text).links.map(\.target))
    for decision in Repository.documents where decision.path.hasPrefix("docs/adr/") {
      #expect(links.contains("adr/" + decision.path.dropFirst("docs/adr/".count)))
    }
  }

  @Test func `every make target has its line in the help`() throws {
    let makefile = try #require(Repository.files.first { $0.path == "Makefile" })
    let phony = makefile.lines.compactMap { line in
      line.hasPrefix(".PHONY: ") ? String(line.dropFirst(".PHONY: ".count)) : nil
    }
    #expect(phony.contains("check"))
    // `swift` only guards the others.
    for target in phony where target != "swift" {
      #expect(
        makefile.lines.contains { $0.hasPrefix("\(target):") && $0.contains(" ## ") }, "\(target)")
    }
  }
}
