import Testing

/// Goal: the habits that reviewers would otherwise have to ask for hold in every file.
/// Method: each rule runs over the repository, and over small strings that break it on purpose.
@Suite struct TidyTests {
  @Test(arguments: TidyRule.all)
  func `the repository keeps the rule`(rule: TidyRule) {
    #expect(rule.findings(in: Repository.files) == [])
  }

  @Test func `no file says where or how it was written`() {
    #expect(Repository.files.flatMap(ForbiddenWords.findings) == [])
  }

  @Test func `the files are really read`() {
    #expect(Repository.files.contains { $0.path == "Makefile" })
    #expect(Repository.files.contains { $0.path == ".ci/run" })
    #expect(Repository.files.contains { $0.path == "Tests/RepositoryTests/TidyTests.swift" })
    #expect(!Repository.files.contains { $0.path.hasPrefix(".build") })
  }

  @Test func `long files, lines and functions are found`() {
    let long = String(repeating: "let a = 1\n", count: 401)
    #expect(broken(.longFile, long) == [401])
    #expect(broken(.longFile, String(long.dropLast(10))) == [])
    #expect(broken(.longFile, long, at: "docs/list.md") == [])
    #expect(broken(.longLine, "a\n" + String(repeating: "é", count: 101)) == [2])
    #expect(broken(.longLine, String(repeating: "é", count: 100)) == [])
    let row = "  // | " + String(repeating: "cell ", count: 20)
    #expect(broken(.longLine, row + "|") == [])
    let body = String(repeating: "  a()\n", count: 69)
    #expect(broken(.longFunction, "\nfunc long() {\n\(body)}\n") == [2])
    #expect(broken(.longFunction, "func fits() {\n\(body.dropLast(6))}\n") == [])
  }

  @Test func `work left over is found in any file`() {
    let note = "# " + "TO" + "DO: think\n"
    #expect(broken(.leftover, note, at: "Makefile") == [1])
    #expect(broken(.leftover, "// FIX" + "ME\n") == [1])
    #expect(broken(.leftover, "let TO" + "DOS = 1\n") == [])
  }

  @Test func `calls that nobody wants are found in code only`() {
    #expect(broken(.forceTry, "let a = try! b()\n") == [1])
    #expect(broken(.forceTry, "let a = try b() // not try!\n") == [])
    #expect(broken(.trap, "fatalError(\"no\")\n") == [1])
    #expect(broken(.trap, "let a = \"fatalError()\"\n") == [])
    #expect(broken(.lock, "let a = Mutex(0)\nlet b: Mutex<Int>\nlet c = NSLock()\n") == [1, 2, 3])
    #expect(broken(.lock, "let a = Locked(0)\n") == [])
  }

  @Test func `print belongs to executables`() {
    #expect(broken(.printing, "print(1)\n") == [1])
    #expect(broken(.printing, "let a = \"\\(print(1))\"\n") == [1])
    #expect(broken(.printing, "print(1)\n", at: "Sources/podero-gateway/Main.swift") == [])
    #expect(broken(.printing, "fingerprint(1)\nstream.print(1)\n") == [])
  }

  @Test func `a test that sleeps is found`() {
    let test = "Tests/X/Y.swift"
    #expect(broken(.sleepingTest, "try await Task.sleep(for: .seconds(1))\n", at: test) == [1])
    #expect(broken(.sleepingTest, "usleep(10)\nsleep(1)\n", at: test) == [1, 2])
    #expect(
      broken(.sleepingTest, "await ContinuousClock().sleep(for: a)\n", at: test) == [1])
    #expect(
      broken(.sleepingTest, "try await clock.sleep(until: a)\nfunc sleep(until a: B)\n", at: test)
        == [])
    #expect(broken(.sleepingTest, "try await Task.sleep(for: a)\n") == [])
    #expect(broken(.sleepingTest, "// Slow on purpose.\nusleep(10)\n", at: test) == [])
  }

  @Test func `sharing that nobody checks needs a reason nearby`() {
    let type = "final class A: @unchecked Sendable {\n"
    #expect(broken(.uncheckedSharing, type) == [1])
    #expect(broken(.uncheckedSharing, "// This is unsafe.\n" + type) == [2])
    #expect(broken(.uncheckedSharing, type + "  // It is safe: all of it is locked.\n") == [])
    #expect(broken(.uncheckedSharing, "nonisolated(unsafe) var a = 1\n") == [1])
    let distance = String(repeating: "let a = 1\n", count: 6)
    #expect(broken(.uncheckedSharing, "// It is safe.\n" + distance + type) == [8])
  }

  @Test func `C handles stay in the targets that wrap C`() {
    let code = "let a: OpaquePointer\nlet b = Unmanaged.passRetained(c)\n"
    #expect(broken(.rawPointer, code) == [1, 2])
    #expect(broken(.rawPointer, code, at: "Sources/Reactor/X.swift") == [])
    #expect(broken(.rawPointer, code, at: "Tests/X/Y.swift") == [])
  }

  @Test(arguments: [
    ("see /wo" + "rk/main", true), ("..", false), ("../sha" + "red/notes", true),
    ("closes Issue" + " #3", true), ("written with A" + "I", true), ("MAIN, AIR, PAID", false),
    ("x5c: MIIA/A" + "I+aw==", false), ("Co" + "pilot said so", true), ("network/down", false),
  ])
  func `words that mean nothing to readers are found`(line: String, isFound: Bool) {
    let file = SourceFile(path: "docs/notes.md", text: "fine\n\(line)\n")
    #expect(ForbiddenWords.findings(in: file).map(\.line) == (isFound ? [2] : []))
  }

  private func broken(
    _ rule: TidyRule, _ text: String, at path: String = "Sources/X/Y.swift"
  ) -> [Int] {
    rule.findings(in: [SourceFile(path: path, text: text)]).map(\.line)
  }
}
