import Configuration
import GatewayCore
import TestSupport
import Testing

/// Goal: whatever the file holds, the answer is a report and never a trap, and it is complete.
/// Method: broken and hostile files, and one with many faults.
@Suite struct DocumentTests {
  @Test(arguments: [
    ("listen: {port: 1\n", 2, "not valid YAML"),
    ("log: {level: info}\n\tlisten: 1", 2, "not valid YAML"),
    ("a: b: c", 1, "not valid YAML"),
    ("log: {level: info}\n---\nlog: {level: info}", 2, "not valid YAML"),
    ("log: {level: info}\nx: \u{7}", 2, "not valid YAML"),
    ("", 1, "the file is empty"), ("  \n# nothing\n", 1, "the file is empty"),
    ("---\n", 1, "the file is empty"),
    ("- 1\n", 1, "expected a mapping, found a list"),
    ("just words\n", 1, "expected a mapping, found text"),
    ("log:\n  ? [a]\n  : b\n", 2, "a key must be text"),
    ("log:\n  level: !!binary aGk=\n", 2, "tags are not accepted"),
    ("log:\n  format: !own json\n", 2, "tags are not accepted"),
  ])
  func `a file that is no configuration says where`(text: String, line: Int, words: String) {
    let found = errors(in: text)
    #expect(found.contains { $0.line == line && $0.message.contains(words) }, "\(found)")
  }

  @Test func `a file that is not UTF-8 says where`() {
    let bytes = Array("log: {level: info}\n# caf".utf8) + [0xE9, 0x0A]
    let report = #expect(throws: ConfigurationReport.self) {
      try GatewayConfiguration.load(
        bytes: bytes, now: readingTime, checkSecret: { _ in nil }
      ).get()
    }
    #expect(report?.text(file: "gateway.yaml") == "gateway.yaml:2:6: the file is not UTF-8\n")
  }

  @Test func `bytes are read as the text they hold`() throws {
    let loaded = try GatewayConfiguration.load(
      bytes: Array(organisation().utf8), now: readingTime,
      checkSecret: { _ in nil }
    ).get()
    #expect(loaded.configuration == (try load(organisation()).get().configuration))
  }

  @Test func `a file above 4 MiB is not read`() {
    let text = "# " + String(repeating: "x", count: 4 << 20)
    #expect(errors(in: text).map(\.message) == ["the file is larger than 4 MiB"])
  }

  @Test(arguments: [
    "a: &x 1\nb: *x", "listen: {address: *x}", "- *a", "{a:*b}", "a: ['q', *x]", "a: !!str &x 1",
    "a: \"q\"\nb: {c: \"d\", e: &f 1}", "? *x\n: 1",
  ])
  func `anchors and aliases are refused with their place`(text: String) {
    let found = errors(in: text)
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.message.contains("anchors and aliases") })
  }

  @Test func `text that merely holds such characters is left alone`() {
    let text = """
      # *a &b
      log: {level: "*info", format: '&json'} # *c
      storage: {sqlite: {path: a & b * c}}
      trusted_proxies: ["*", 'it''s *x', "\\"&y"]
      """
    #expect(errors(in: text).allSatisfy { !$0.message.contains("anchors") })
    #expect(errors(in: text).count == 5)
  }

  // Without the refusal, hashing the last key would take 2²⁴ steps: slow, yet it ends.
  @Test(.timeLimit(.minutes(testPatience)))
  func `a tree of aliases that would fill the memory is refused at once`() {
    var text = "a0: &a0 [x, x]\n"
    for level in 1...24 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(errors(in: text + "? *a24\n: 1\n").count == 16)
  }

  @Test func `deep nesting is refused`() {
    let text = String(repeating: "[", count: 100_000)
    #expect(errors(in: text).count == 1)
  }

  @Test func `every duplicate is reported together with everything else`() {
    let text = """
      listen: {port: 1, port: 2, port: 3}
      log:
        "level": info
        'level': wrong
      listen: {port: 4}
      limits: {streams: -1}
      """
    #expect(
      errors(in: text).map(\.description) == [
        "1:19: listen.port: duplicate key, first given in line 1",
        "1:28: listen.port: duplicate key, first given in line 1",
        "4:3: log.level: duplicate key, first given in line 3",
        "5:1: listen: duplicate key, first given in line 1",
        "6:19: limits.streams: must be 0 to 1000000",
      ])
  }

  @Test func `more duplicates than can be repaired still end in a report`() {
    let text = (0..<100).map { "key\($0): 1\nkey\($0): 2\n" }.joined()
    #expect(errors(in: text).map(\.message) == ["a key stands twice in one mapping"])
    #expect(!errors(in: "\"\": 1\n\"\": 2\n").isEmpty)
    #expect(!errors(in: "[a]: 1\n[a]: 2\n").isEmpty)
    #expect(!errors(in: "a: \u{F0000}\na: 2\n").isEmpty)
  }

  @Test func `faults of all sections are reported together, by line`() {
    let text = """
      listen: {port: 99999}
      storage: {sqlite: {path: a}, postgres: {url: inline}}
      organisations:
        - name: acme
          id: none
          client_id: {env: A}
          client_secret: {file: missing}
          budget: {in_flight: 0}
      apps:
        - {name: portal, organisation: acne, keys: []}
      hooks:
        - {name: home, organisation: acme, verify: {}, heat_pumps: [x], target: {}}
      limits: {drian: PT1S}
      """
    let result = load(text) { $0 == .file("missing") ? "there is no file \"missing\"" : nil }
    guard case .failure(let report) = result else {
      Issue.record("accepted")
      return
    }
    let wanted = [
      "c.yaml:1:16: listen.port: must be 0 to 65535",
      "c.yaml:2:10: storage: exactly one of sqlite, postgres is needed, found sqlite and postgres",
      "c.yaml:5:9: organisations[0].id: not valid: expected a UUID",
      "c.yaml:7:20: organisations[0].client_secret: missing secret: there is no file \"missing\"",
      "c.yaml:8:25: organisations[0].budget.in_flight: must be 1 to 10000",
      "c.yaml:10:5: warning: apps[0]: scopes is empty or absent",
      "c.yaml:10:5: warning: apps[0]: users is empty or absent",
      "c.yaml:10:5: warning: apps[0]: heat_pumps is empty or absent",
      "c.yaml:10:34: apps[0].organisation: no organisation has the name \"acne\"; did you mean",
      "c.yaml:10:46: apps[0].keys: at least one key is needed",
      "c.yaml:12:5: warning: hooks[0]: no rules",
      "c.yaml:12:46: hooks[0].verify: exactly one of",
      "c.yaml:12:63: hooks[0].heat_pumps[0]: no heat pump of acme has the alias \"x\"",
      "c.yaml:12:75: hooks[0].target: exactly one of",
      "c.yaml:13:10: limits.drian: unknown key; did you mean \"drain\"?",
    ]
    let lines = report.text(file: "c.yaml").split(separator: "\n")
    #expect(lines.count == wanted.count)
    for (line, wanted) in zip(lines, wanted) { #expect(line.hasPrefix(wanted), "\(line)") }
  }
}
