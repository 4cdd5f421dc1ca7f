import Configuration
import GatewayCore
import Testing

/// Goal: a hook proves itself in exactly one way and touches only what is listed.
/// Method: one small file a fault.
@Suite struct HookSectionTests {
  @Test(arguments: [
    (
      "verify: {}", "verify",
      "exactly one of hmac_sha256, standard_webhooks, bearer, basic, path_token is needed, found none"
    ),
    (
      "verify: {bearer: {sha256: \(hash(3))}, path_token: {sha256: \(hash(3))}}", "verify",
      "found bearer and path_token"
    ),
    ("verify: {bearer: {token: x}}", "verify.bearer.sha256", "required setting is missing"),
    ("verify: {bearer: {token: x}}", "verify.bearer.token", "unknown key"),
    (
      "verify: {hmac_sha256: {secrets: [], header: X}}", "verify.hmac_sha256.secrets",
      "at least one secret"
    ),
    ("verify: {hmac_sha256: {secrets: [{env: A}]}}", "verify.hmac_sha256.header", "required"),
    (
      "verify: {hmac_sha256: {secrets: [{env: A}], header: 'a b'}}", "verify.hmac_sha256.header",
      "header's name"
    ),
    (
      "verify: {hmac_sha256: {secrets: [{env: A}], header: X, encoding: base32}}",
      "verify.hmac_sha256.encoding", "hex, base64"
    ),
    (
      "verify: {hmac_sha256: {secrets: [{env: A}], header: X, timestamp: {}}}",
      "verify.hmac_sha256.timestamp.header", "required"
    ),
    (
      "verify: {standard_webhooks: {secrets: {env: A}}}", "verify.standard_webhooks.secrets",
      "expected a list"
    ),
    ("verify: {basic: {user: 'a:b', sha256: \(hash(3))}}", "verify.basic.user", "without a colon"),
    ("verify: {path_token: {sha256: abc}}", "verify.path_token.sha256", "64 lower-case"),
  ])
  func `a fault of the verification is named`(setting: String, path: String, words: String) {
    let expected = Expected(
      hook(setting, smithOnly, smithTarget), "hooks[0].\(path)", 14, words)
    let found = errors(in: expected.text)
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test(arguments: [
    ("heat_pumps: []", smithTarget, "heat_pumps", 15, "at least one heat pump"),
    ("heat_pumps: [smyth-home]", smithTarget, "heat_pumps[0]", 15, "did you mean \"smith-home\""),
    (
      smithOnly, "target: {alias: jones-home}", "target.alias", 16,
      "must be among the hook's heat_pumps"
    ),
    (smithOnly, "target: {alias: nobody}", "target.alias", 16, "has the alias \"nobody\""),
    (smithOnly, "target: {}", "target", 16, "exactly one of alias, pointer"),
    (smithOnly, "target: {pointer: device}", "target.pointer", 16, "a JSON Pointer"),
    (smithOnly, "target: {pointer: /a~2}", "target.pointer", 16, "a JSON Pointer"),
  ])
  func `a fault of list or target is named`(
    heatPumps: String, target: String, path: String, line: Int, words: String
  ) {
    let expected = Expected(hook(bearer, heatPumps, target), "hooks[0].\(path)", line, words)
    let found = errors(in: expected.text)
    #expect(found.count == 1, "\(found)")
    #expect(found.contains(where: expected.isFulfilled), "\(found)")
  }

  @Test(arguments: [
    (bearer, "{header: X-Event-Id}", "does not cover this header"),
    (
      "verify: {hmac_sha256: {secrets: [{env: A}], header: X, timestamp: {header: X-Time}}}",
      "{header: X-Event-Id}", "does not cover this header"
    ),
    (
      "verify: {standard_webhooks: {secrets: [{env: A}]}}", "{header: X-Event-Id}", "does not cover"
    ),
    (bearer, "{body_hash: false}", "can only be true"),
    (bearer, "{}", "exactly one of pointer, header, body_hash"),
    (bearer, "{pointer: /id, body_hash: true}", "found pointer and body_hash"),
  ])
  func `an id that anyone could change is refused`(
    verify: String, eventID: String, words: String
  ) {
    let found = errors(in: hook(verify, smithOnly, smithTarget, "event_id: \(eventID)"))
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.path.hasPrefix("hooks[0].event_id") == true)
    #expect(found.first?.line == 17)
    #expect(found.first?.message.contains(words) == true, "\(found)")
  }

  @Test(arguments: [
    (
      "verify: {standard_webhooks: {secrets: [{env: A}]}}", "{header: Webhook-Id}",
      EventIDSource.header("Webhook-Id")
    ),
    (bearer, "{pointer: /event/id}", .pointer("/event/id")),
    (bearer, "{body_hash: true}", .bodyHash),
  ])
  func `an event's id is found where the file says`(
    verify: String, eventID: String, expected: EventIDSource
  ) throws {
    let text = hook(verify, smithOnly, smithTarget, "event_id: \(eventID)")
    #expect(try load(text).get().configuration.hooks[0].eventID == expected)
  }

  @Test func `an event's id has a default by the way of proof`() throws {
    let plain = try load(hook(bearer, smithOnly, smithTarget)).get().configuration.hooks[0]
    #expect(plain.eventID == .pointer("/id"))
    let standard = "verify: {standard_webhooks: {secrets: [{env: A}, {env: B}]}}"
    let signed = try load(hook(standard, smithOnly, smithTarget)).get().configuration.hooks[0]
    #expect(signed.eventID == .header("webhook-id"))
    #expect(
      signed.verification == .standardWebhooks(secrets: [.environment("A"), .environment("B")]))
  }

  @Test func `every way of proof is read`() throws {
    let hash = try #require(KeyHash(hexadecimal: hash(3)))
    var hmac = HMACVerification(secrets: [.file("s")], header: "X-Sig")
    hmac.prefix = "sha256="
    hmac.encoding = .base64
    hmac.timestampHeader = "X-Time"
    let cases: [(String, HookVerification)] = [
      ("bearer: {sha256: \(ConfigurationTests.hash(3))}", .bearer(hash)),
      (
        "basic: {user: u, sha256: \(ConfigurationTests.hash(3))}", .basic(user: "u", password: hash)
      ),
      ("path_token: {sha256: \(ConfigurationTests.hash(3))}", .pathToken(hash)),
      (
        "hmac_sha256: {secrets: [{file: s}], header: X-Sig, prefix: 'sha256=', encoding: base64, timestamp: {header: X-Time}}",
        .hmacSHA256(hmac)
      ),
    ]
    for (text, expected) in cases {
      let file = hook("verify: {\(text)}", "heat_pumps: ['*']", "target: {pointer: /device}")
      let hook = try load(file).get().configuration.hooks[0]
      #expect(hook.verification == expected)
      #expect(hook.heatPumps == .everything && hook.target == .pointer("/device"))
    }
  }

  @Test func `what is kept of a body can be limited`() throws {
    let plain = try load(hook(bearer, smithOnly, smithTarget)).get().configuration.hooks[0]
    #expect(plain.storesBody && plain.redactedPointers.isEmpty)
    let text = hook(bearer, smithOnly, smithTarget, "store_body: false", "redact: [/a, /b/0]")
    let limited = try load(text).get().configuration.hooks[0]
    #expect(!limited.storesBody && limited.redactedPointers == ["/a", "/b/0"])
    let wrong = errors(in: hook(bearer, smithOnly, smithTarget, "redact: [a]"))
    #expect(wrong.map(\.path) == ["hooks[0].redact[0]"])
  }

  @Test func `names are unique, and a hook without rules draws a warning`() {
    let once = hook(bearer, smithOnly, smithTarget)
    let twice = once + once.split(separator: "\n").suffix(6).map { $0 + "\n" }.joined()
    #expect(errors(in: twice).map(\.path) == ["hooks[1].name"])
    #expect(problems(in: once).map(\.message).first?.contains("no rules") == true)
  }
}
