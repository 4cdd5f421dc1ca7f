import Foundation
import Testing

/// Goal: the counts that CI reports are true, and formatting never changes more than it should.
/// Method: the scripts run on recorded output and small files.
@Suite struct ScriptTests {
  private static let failedRun = """
    Build complete! (6.30s)
    ◇ Test run started.
    ◇ Test "good" started.
    ◇ Test bad() started.
    ◇ Test table(n:) started.
    ➜ Test skipped() skipped: "no"
    ◇ Test case passing 1 argument n → "a
    b" to table(n:) started.
    ━ Test known() passed after 0.001 seconds with 1 known issue.
    ✔ Test "good" passed after 0.001 seconds.
    ✘ Test bad() recorded an issue at T.swift:4:28: Expectation failed: 1 == 2
    ✘ Test bad() failed after 0.001 seconds with 1 issue.
    ✘ Test table(n:) with 3 test cases failed after 0.001 seconds with 2 issues.
    ✘ Suite S failed after 0.001 seconds with 3 issues.
    ✘ Test run with 5 tests in 1 suite failed after 0.001 seconds with 3 issues.

    """

  @Test func `counts tests, not issues, and shows failures alone`() throws {
    let output = try awk("test-summary", Self.failedRun)
    #expect(output.hasSuffix("\n1 skipped\n2 passed, 2 failed\n"))
    #expect(output.contains("Expectation failed: 1 == 2"))
    #expect(!output.contains("good"))
    #expect(!output.contains("b\" to table"))
  }

  @Test func `a run that dies counts what it did not finish as failed`() throws {
    let lines = Self.failedRun.split(separator: "\n", omittingEmptySubsequences: false)
    let output = try awk("test-summary", lines.prefix(10).joined(separator: "\n") + "\nTrap\n")
    #expect(output.hasSuffix("Trap\nThe test run died before its end.\n2 passed, 1 failed\n"))
  }

  @Test(arguments: [
    ("", "No test ran.\n0 passed, 0 failed\n"),
    (
      "✔ Test run with 7 tests in 2 suites passed after 0.1 seconds.\n",
      "✔ Test run with 7 tests in 2 suites passed after 0.1 seconds.\n7 passed, 0 failed\n"
    ),
    (
      "✘ Test run with 7 tests in 2 suites failed after 0.1 seconds with 1 issue.\n",
      "✘ Test run with 7 tests in 2 suites failed after 0.1 seconds with 1 issue.\n"
        + "6 passed, 1 failed\n"
    ),
  ])
  func `the last line has the counts in every case`(log: String, expected: String) throws {
    #expect(try awk("test-summary", log) == expected)
  }

  @Test func `a long comment is wrapped into the line that carries it on`() throws {
    let words = String(repeating: "word ", count: 19)
    #expect(
      try awk("wrap-comments", "/// \(words)and so\n/// on.\n\nlet a = 1 // \(words)\(words)\n")
        == "/// \(words.dropLast())\n/// and so on.\n\nlet a = 1 // \(words)\(words)\n")
  }

  @Test func `a wrapped item keeps its indent, a new one its line, and code spans stay whole`()
    throws
  {
    let words = String(repeating: "word ", count: 18)
    #expect(
      try awk("wrap-comments", "  // - \(words)`a b c`\n  // - next\n")
        == "  // - \(words.dropLast())\n  //   `a b c`\n  // - next\n")
    let row = "/// | \(words)`a b c` |\n"
    #expect(try awk("wrap-comments", row) == row)
  }

  @Test func `JSON is laid out, short values on one line, strings untouched`() throws {
    let text = #"{"a":{"b":[1,2.50,null]},"c":"x, \" } y","d":{"long":"0123456789","e":[]}}"#
    #expect(
      try awk("show-json", text, ["width=26"]) == #"""
        {
          "a": {
            "b": [1, 2.50, null]
          },
          "c": "x, \" } y",
          "d": {
            "long": "0123456789",
            "e": []
          }
        }

        """#)
    #expect(try awk("show-json", "[{},[]]") == "[{}, []]\n")
  }

  @Test func `members that were not asked for are counted`() throws {
    let text = #"{"a":1,"b":{"a":2},"c":3}"#
    #expect(
      try awk("show-json", text, ["only=b"]) == """
        {
          "b": {"a": 2},
          … 2 more
        }

        """)
    #expect(
      try awk("show-json", text, ["only=a b c"]) == #"{"a": 1, "b": {"a": 2}, "c": 3}"# + "\n")
  }

  @Test(arguments: ["no JSON", "{\"a\":[1}", "{\"a", "]"])
  func `what is no JSON is shown as it is`(text: String) throws {
    #expect(try awk("show-json", text) == text + "\n")
  }

  private func awk(
    _ script: String, _ input: String, _ variables: [String] = ["counts=/dev/null"]
  ) throws -> String {
    try Awk.output(of: "scripts/\(script).awk", for: input, variables)
  }
}
