import Testing

/// Goal: whoever finds a recipe finds its page, and the other way round.
/// Method: the names in both folders and in the index are compared.
@Suite struct RecipeRuleTests {
  @Test func `every recipe has a page, every page a recipe, and the index has all`() throws {
    let recipes = names(in: "config/recipes/", ending: ".yaml")
    let pages = names(in: "docs/recipes/", ending: ".md").filter { $0 != "README" }
    #expect(recipes.count >= 5)
    #expect(recipes == pages)
    let index = try #require(Repository.files.first { $0.path == "docs/recipes/README.md" })
    let links = Set(Markdown(index.text).links.map(\.target))
    for name in recipes {
      #expect(links.contains("\(name).md"))
      #expect(links.contains("../../config/recipes/\(name).yaml"))
    }
  }

  private func names(in folder: String, ending: String) -> [String] {
    Repository.files.map(\.path).filter { $0.hasPrefix(folder) && $0.hasSuffix(ending) }
      .map { String($0.dropFirst(folder.count).dropLast(ending.count)) }.sorted()
  }
}
