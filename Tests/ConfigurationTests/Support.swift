import Configuration
import Foundation
import GatewayCore
import Testing

/// The time at which the tests' files are read: 2026-11-24T00:00:00Z.
let readingTime = Timestamp(microseconds: 1_795_478_400_000_000)

func load(
  _ text: String, checkSecret: (SecretReference) -> String? = { _ in nil }
) -> Result<LoadedConfiguration, ConfigurationReport> {
  GatewayConfiguration.load(
    text: text, now: readingTime, checkSecret: checkSecret)
}

/// All problems, warnings included.
func problems(in text: String) -> [ConfigurationProblem] {
  switch load(text) {
  case .success(let loaded): loaded.report.problems
  case .failure(let report): report.problems
  }
}

func errors(in text: String) -> [ConfigurationProblem] {
  problems(in: text).filter { $0.severity == .error }
}

/// A hash that nothing else in a test uses.
func hash(_ number: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: 64 - digits.count) + digits
}

/// What sections below need: an organisation and a heat pump. Nine lines.
let foundation = """
  organisations:
    - name: acme
      id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11
      client_id: {env: PODERO_CLIENT_ID}
      client_secret: {env: PODERO_CLIENT_SECRET}
  heat_pumps:
    - {alias: smith-home, organisation: acme, user_id: 0b7e2a54-3f0e-4a49-8a0e-0f4c1d7c2a01,
       heat_pump_id: 3c90c3cc-0d44-4b50-8888-8dd25736052a}
    - {alias: jones-home, organisation: acme, user_id: 4f6d0c1b-7f55-4e0c-9f0b-6f2f5a9d3b02, heat_pump_id: 5e8a1f0d-2c66-4b7f-a1d2-9c3b7e5f4a03}

  """

/// An organisation with more settings, each in the form `key: value`; they begin in line 6.
func organisation(_ settings: String...) -> String {
  """
  organisations:
    - name: acme
      id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11
      client_id: {env: PODERO_CLIENT_ID}
      client_secret: {env: PODERO_CLIENT_SECRET}

  """ + settings.map { "    \($0)\n" }.joined()
}

/// An app that lacks nothing; `settings` begin in line 17.
func app(_ settings: String...) -> String {
  foundation + """
    apps:
      - name: portal
        organisation: acme
        keys: [{sha256: \(hash(1))}]
        # The three lists below can be set here or not at all.
        # They would each draw a warning then.

    """ + settings.map { "    \($0)\n" }.joined()
}

/// A hook that lacks what `settings` set; they begin in line 14.
func hook(_ settings: String...) -> String {
  foundation + """
    hooks:
      - name: home
        organisation: acme
        enabled: true

    """ + settings.map { "    \($0)\n" }.joined()
}

let bearer = "verify: {bearer: {sha256: \(hash(3))}}"
let smithOnly = "heat_pumps: [smith-home]"
let smithTarget = "target: {alias: smith-home}"

/// A hook with one rule, whose `when` and `then` follow from line 19.
func rule(_ settings: String...) -> String {
  hook(bearer, smithOnly, smithTarget, "rules:")
    + "      - name: first\n" + settings.map { "        \($0)\n" }.joined()
}

/// A file of the repository.
func repositoryFile(_ path: String) -> URL {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent(path)
}

func repositoryText(_ path: String) throws -> String {
  try String(contentsOf: repositoryFile(path), encoding: .utf8)
}

/// One expected problem: a file, and where in it what is said.
struct Expected: Sendable, CustomTestStringConvertible {
  let text: String
  let path: String
  let line: Int
  let words: String

  init(_ text: String, _ path: String, _ line: Int, _ words: String) {
    self.text = text
    self.path = path
    self.line = line
    self.words = words
  }

  var testDescription: String { "\(path) \(words)" }

  func isFulfilled(by problem: ConfigurationProblem) -> Bool {
    problem.path == path && problem.line == line && problem.message.contains(words)
  }
}
