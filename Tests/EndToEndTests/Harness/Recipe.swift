import Crypto
import GatewayCore
import TestSupport
import Testing

/// A ready-made hook with its page.
struct Recipe: Sendable, CustomTestStringConvertible {
  /// An event as the page shows it.
  struct Sample: Sendable {
    /// The rule that it is for.
    let rule: String
    let body: [UInt8]
    /// What goes upstream; `TIME` stands for a time that nobody can know before.
    let upstream: JSONObject
  }

  /// One for each source.
  static let all = ["curl", "home-assistant", "homey", "node-red", "openhab"].map(Recipe.init)

  let name: String
  var testDescription: String { name }

  /// The section of the configuration.
  var section: String { Self.text("config/recipes/\(name).yaml") }

  /// The rules' names.
  var rules: [String] {
    section.matches(of: /\n      - name: ([a-z-]+)/).map { String($0.1) }
  }

  /// The page with a time two hours ahead where it leaves that to the reader.
  var page: String {
    let until = SystemClock().wall + .seconds(7200)
    return Self.text("docs/recipes/\(name).md").replacing("\"UNTIL\"", with: "\"\(until)\"")
  }

  /// The samples of the page.
  var samples: [Sample] {
    page.matches(
      of: /```json ([a-z-]+)\n([^`]+)\n```\n\nUpstream: `([^`]+)`/
    ).compactMap { match in
      guard let upstream = try? JSONValue(parsing: Array(match.3.utf8)).object else { return nil }
      return Sample(rule: String(match.1), body: Array(match.2.utf8), upstream: upstream)
    }
  }

  /// The event that the page tries out, and the answer that it shows.
  var trial: (event: String, answer: String)? {
    page.firstMatch(of: /echo '([^']+)'[^`]+```\n\n```json\n([^`]+)\n```/)
      .map { (String($0.1), String($0.2)) }
  }

  /// The program of the page in that language, for a gateway on this machine.
  func program(in language: String, port: UInt16) -> String? {
    page.split(separator: "```\(language)\n").dropFirst().first?
      .split(separator: "\n```\n").first.map(String.init)?
      .replacing("https://gateway.example.com", with: "http://127.0.0.1:\(port)")
      .replacing("pgw_...", with: secret)
  }

  /// The hook under another name, for another heat pump, with a known token.
  func hook(named hook: String, heatPump alias: String) -> String {
    let lines = section.split(separator: "\n").drop { $0 != "hooks:" }.dropFirst()
    return lines.joined(separator: "\n")
      .replacing("- name: \(name)\n", with: "- name: \(hook)\n", maxReplacements: 1)
      .replacing("smith-home", with: alias)
      .replacing(/sha256: [0-9a-f]{64}/, with: "sha256: " + hexText(SHA256.hash(data: secretBytes)))
      + "\n"
  }

  /// What the source proves itself by in tests.
  var secret: String { "a-secret-of-\(name)" }
  private var secretBytes: [UInt8] { Array(secret.utf8) }

  /// What differs between the sample and an update that went upstream; nothing if they agree.
  static func differences(_ sample: Sample, _ sent: JSONObject?) -> [String] {
    let names = Set(sample.upstream.keys).union(sent?.keys ?? [])
    return names.filter { name in
      guard let expected = sample.upstream[name], let value = sent?[name] else { return true }
      let time = value.string.flatMap { Timestamp(rfc3339: $0) }
      if expected == "TIME" { return time == nil }
      guard let expectedTime = expected.string.flatMap({ Timestamp(rfc3339: $0) }) else {
        return value != expected
      }
      return time != expectedTime
    }.sorted()
  }

  /// Sends an event as the page tells the source to.
  func send(_ body: [UInt8], to hook: String, _ client: HTTPClient) async throws -> Answer {
    var headers = ["Content-Type": "application/json"]
    switch name {
    case "node-red": headers["X-Signature"] = "sha256=\(signature(of: body))"
    case "curl":
      let time = String(SystemClock().wall.microseconds / 1_000_000)
      headers["X-Timestamp"] = time
      headers["X-Signature"] = "sha256=\(signature(of: Array("\(time).".utf8) + body))"
    default: headers["Authorization"] = "Bearer \(secret)"
    }
    return try await client.send("POST", "/v1/hooks/\(hook)", headers, body: body)
  }

  private func signature(of bytes: [UInt8]) -> String {
    hexText(
      HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: secretBytes)))
  }

  private static func text(_ path: String) -> String {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    return String(decoding: readFile("/\(root)/\(path)") ?? [], as: UTF8.self)
  }
}

private func hexText(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return bytes.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
}
