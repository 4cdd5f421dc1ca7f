import Testing

/// Goal: the rooms of the house import down the floors only, and adapters never each other.
/// Method: the table is held against all files, its own promises, and deliberate violations.
@Suite struct ImportTests {
  @Test func `every file keeps to its row`() {
    #expect(
      ImportRules.findings(in: Repository.swiftFiles, allowed: ImportTable.allowed) == [])
    #expect(Repository.swiftFiles.contains { $0.path == "Sources/Reactor/Reactor.swift" })
  }

  @Test func `the table's own arrows point down`() throws {
    for (target, modules) in ImportTable.allowed {
      guard let floor = ImportTable.floors[target] else { continue }
      for module in modules {
        guard let below = ImportTable.floors[module] else { continue }
        let isPeer = below == floor && module == "GatewayCore"
        let isClient = target == "PoderoClient" && module == "Credentials"
        #expect(below < floor || isPeer || isClient, "\(target) imports \(module)")
      }
    }
  }

  @Test func `each C library and each adapter is imported where it belongs`() {
    for (target, modules) in ImportTable.allowed {
      for (module, owner) in ImportTable.owners where modules.contains(module) {
        #expect(target == owner, "\(module) belongs to \(owner)")
      }
      if target != "Gateway", target != "podero-gateway" {
        #expect(modules.isDisjoint(with: ImportTable.adapters), "\(target) imports an adapter")
      }
      // Foundation is slow and large, and not needed; programs of others have it anyway.
      if target != "HeatPumpClient" {
        #expect(modules.isDisjoint(with: ["Foundation", "FoundationEssentials"]), "\(target)")
      }
      if target != "podero-simulator" {
        #expect(!modules.contains("PoderoSimulator"))
      }
    }
  }

  @Test func `an import that the row lacks is found with its line`() {
    let file = SourceFile(
      path: "Sources/HeatPumps/Curious.swift",
      text: "public import GatewayCore\nimport Reactor // down, but not in the row\n")
    #expect(
      ImportRules.findings(in: [file], allowed: ImportTable.allowed) == [
        Finding(path: file.path, line: 2, rule: "HeatPumps may not import Reactor")
      ])
  }

  @Test func `a room without a row may import nothing`() {
    let file = SourceFile(path: "Sources/Attic/Box.swift", text: "import GatewayCore\n")
    #expect(ImportRules.findings(in: [file], allowed: ImportTable.allowed).count == 1)
    let stray = SourceFile(path: "Sources/Stray.swift", text: "")
    #expect(ImportRules.findings(in: [stray], allowed: ImportTable.allowed).count == 1)
  }

  @Test(arguments: [
    ("import A", ["A"]),
    ("public import A", ["A"]),
    ("@testable import A", ["A"]),
    ("@preconcurrency package import A", ["A"]),
    ("@_spi(B) import A", ["A"]),
    ("import struct A.B", ["A"]),
    ("  import A.B.C", ["A"]),
    ("import A; import B", ["A", "B"]),
    ("#if canImport(A)", []),
    ("// import A", []),
    ("let important = \"import A\"", []),
  ])
  func `every form of an import is read`(code: String, modules: [String]) {
    let file = SourceFile(path: "Sources/X/Y.swift", text: code)
    #expect(ImportRules.imports(of: file).map(\.module) == modules)
  }
}
