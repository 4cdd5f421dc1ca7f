import Configuration
import GatewayCore
import Testing

/// Goal: a secret is only ever a reference, and one written into the file is refused unseen.
/// Method: a canary in every place where someone could put it.
@Suite struct SecretTests {
  private static let canary = "hunter2-canary"

  @Test(arguments: [
    "hunter2-canary", "'hunter2-canary'", "{value: hunter2-canary}", "[hunter2-canary]",
    "{hunter2-canary: }", "{env: hunter2-canary}", "{env: A, file: hunter2-canary}",
    "{env: [hunter2-canary]}", "{enf: hunter2-canary}", "{file: {path: hunter2-canary}}",
    "{hunter2-canary}", "|\n      hunter2-canary",
  ])
  func `a secret in the file is refused and not repeated`(secret: String) {
    let text = """
      organisations:
        - name: acme
          id: 7d1f0c9e-6a53-4c53-9d5f-3f0a7c0b1a11
          client_id: {env: A}
          client_secret: \(secret)
      """
    guard case .failure(let report) = load(text) else {
      Issue.record("accepted")
      return
    }
    #expect(report.errors.map(\.path) == ["organisations[0].client_secret"])
    #expect(report.errors.first?.line == 5)
    #expect(!report.text(file: "gateway.yaml").contains("canary"))
    #expect(!String(reflecting: report).contains("canary"))
  }

  @Test(arguments: [
    "storage: {postgres: {url: 'postgres://u:hunter2-canary@db/x'}}",
    "storage: {postgres: {url: {env: 'postgres://u:hunter2-canary@db/x'}}}",
    "storage: {encryption_key: hunter2-canary}",
    "admin: {keys: [{sha256: hunter2-canary, role: operator}]}",
    "admin: {keys: [{pgw_hunter2-canary: x}]}", "admin: {keys: [pgw_hunter2-canary]}",
    "organisations: [{api_base: 'https://u:hunter2-canary@a/'}]",
    "organisations: [{token_url: 'https://a/?key=hunter2-canary'}]",
    "organisations: [{next: {client_id: hunter2-canary, client_secret: hunter2-canary}}]",
    "apps: [{organisation: pgw_hunter2-canary, scopes: [hunter2-canary]}]",
    "hooks: [{verify: {hmac_sha256: {secrets: [hunter2-canary], header: X}}}]",
    "hooks: [{verify: {basic: {user: 'u:hunter2-canary', sha256: hunter2-canary}}}]",
    "hooks: [{verify: {bearer: hunter2-canary}}]", "log: {level: hunter2-canary}",
    "client_secret: 'hunter2-canary", "client_secret: {hunter2-canary",
    "log: {level: hunter2-canary, level: hunter2-canary}", "log: hunter2-canary: x",
    "log: \"\\q hunter2-canary\"", "x: *hunter2-canary", "x: %hunter2-canary",
  ])
  func `nothing that could be a secret is repeated anywhere`(text: String) {
    guard case .failure(let report) = load(text) else {
      Issue.record("accepted")
      return
    }
    #expect(!report.errors.isEmpty)
    #expect(!report.text(file: "gateway.yaml").contains("canary"), "\(report.text(file: ""))")
  }

  @Test func `every missing secret is reported with its place, and each asked for once`() {
    let text =
      foundation + """
        hooks:
          - name: home
            organisation: acme
            heat_pumps: ["*"]
            target: {alias: smith-home}
            verify: {standard_webhooks: {secrets: [{env: PODERO_CLIENT_ID}, {file: other}]}}
        """
    var asked: [SecretReference] = []
    let result = load(text) { reference in
      asked.append(reference)
      return reference == .file("other") ? nil : "\(reference) is not set"
    }
    guard case .failure(let report) = result else {
      Issue.record("accepted")
      return
    }
    #expect(
      report.errors.map(\.description) == [
        "4:16: organisations[0].client_id: missing secret: env PODERO_CLIENT_ID is not set",
        "5:20: organisations[0].client_secret: missing secret: env PODERO_CLIENT_SECRET is not set",
        "15:44: hooks[0].verify.standard_webhooks.secrets[0]: missing secret: "
          + "env PODERO_CLIENT_ID is not set",
      ])
    #expect(asked.count == 3 && Set(asked).count == 3)
  }
}
