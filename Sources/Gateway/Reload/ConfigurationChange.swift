import Configuration
import GatewayCore

/// One difference between two configurations, for people.
struct ConfigurationChange: Sendable, Equatable {
  /// What has become of it.
  enum Kind: String, Sendable, CaseIterable {
    case added, removed, changed
  }

  /// As the file has it, with names in place of numbers: `apps[portal].scopes`.
  let path: String
  let kind: Kind

  /// All differences, in the order of the reference.
  static func between(
    _ before: GatewayConfiguration, _ after: GatewayConfiguration
  ) -> [ConfigurationChange] {
    let aliases = { (configuration: GatewayConfiguration) in
      configuration.heatPumps.map { (name: "\($0.organisation)/\($0.alias)", value: $0) }
    }
    return members("", server, before, after)
      + list(
        "organisations", named(before.organisations, \.name), named(after.organisations, \.name)
      ) { members($0, organisation, $1, $2) }
      + list(
        "identity_providers", named(before.identityProviders, \.name),
        named(after.identityProviders, \.name))
      + list("apps", named(before.apps, \.name), named(after.apps, \.name)) {
        members($0, app, $1, $2)
      }
      + list("heat_pumps", aliases(before), aliases(after))
      + list("hooks", named(before.hooks, \.name), named(after.hooks, \.name)) {
        members($0, hook, $1, $2)
      }
  }

  private static func named<Value>(
    _ values: [Value], _ name: (Value) -> String
  ) -> [(name: String, value: Value)] {
    values.map { (name($0), $0) }
  }

  private static func list<Value: Equatable>(
    _ path: String, _ before: [(name: String, value: Value)],
    _ after: [(name: String, value: Value)],
    _ members: (String, Value, Value) -> [ConfigurationChange] = { path, _, _ in
      [ConfigurationChange(path: path, kind: .changed)]
    }
  ) -> [ConfigurationChange] {
    let former = Dictionary(before.map { ($0.name, $0.value) }) { first, _ in first }
    let names = Set(after.map(\.name))
    let removed = before.filter { !names.contains($0.name) }.map {
      ConfigurationChange(path: "\(path)[\($0.name)]", kind: .removed)
    }
    return removed
      + after.flatMap { name, value -> [ConfigurationChange] in
        let path = "\(path)[\(name)]"
        guard let before = former[name] else {
          return [ConfigurationChange(path: path, kind: .added)]
        }
        return before == value ? [] : members(path, before, value)
      }
  }

  // MARK: What is told apart

  /// The settings whose changes are named one by one or as a group, as the reference has them.
  static let told: [String] =
    server.map(\.name) + organisation.map { "organisations[].\($0.name)" }
    + ["identity_providers[]"] + app.map { "apps[].\($0.name)" } + ["heat_pumps[]"]
    + hook.map { "hooks[].\($0.name)" }

  private struct Member<Whole>: Sendable {
    let name: String
    let isSame: @Sendable (Whole, Whole) -> Bool

    init<Value: Equatable & SendableMetatype>(
      _ name: String, _ key: any KeyPath<Whole, Value> & Sendable
    ) {
      self.name = name
      isSame = { $0[keyPath: key] == $1[keyPath: key] }
    }
  }

  private static func members<Whole>(
    _ path: String, _ table: [Member<Whole>], _ before: Whole, _ after: Whole
  ) -> [ConfigurationChange] {
    table.filter { !$0.isSame(before, after) }.map {
      ConfigurationChange(path: path.isEmpty ? $0.name : "\(path).\($0.name)", kind: .changed)
    }
  }

  private static let server: [Member<GatewayConfiguration>] = [
    Member("admin.hosts", \.admin.hosts), Member("admin.keys", \.admin.keys),
    Member("log.level", \.log.level), Member("retention", \.retention),
    Member("webhooks_out", \.webhooksOut),
    Member("limits.streams_per_app", \.limits.streamsPerApp),
    Member("limits.drain", \.limits.drain),
  ]

  private static let organisation: [Member<OrganisationConfiguration>] = [
    Member("id", \.id), Member("api_base", \.apiBase), Member("token_url", \.tokenURL),
    Member("allow_insecure", \.allowsInsecure), Member("token_request", \.tokenRequest),
    Member("client_id", \.credentials.id), Member("client_secret", \.credentials.secret),
    Member("next", \.nextCredentials), Member("ca_file", \.authorityFile),
    Member("write_mode", \.writeMode), Member("on_reset", \.resetPolicy),
    Member("timeouts", \.timeouts), Member("budget", \.budget), Member("cache", \.cache),
    Member("polling", \.pollingInterval), Member("discovery", \.discovery),
    Member("guard_rails", \.guardRails),
  ]

  private static let app: [Member<AppConfiguration>] = [
    Member("organisation", \.organisation), Member("keys", \.keys), Member("tokens", \.tokens),
    Member("certificates", \.certificates),
    Member("scopes", \.scopes), Member("users", \.users), Member("heat_pumps", \.heatPumps),
    Member("may_write", \.mayWrite), Member("rate", \.rate),
  ]

  private static let hook: [Member<HookConfiguration>] = [
    Member("organisation", \.organisation), Member("verify", \.verification),
    Member("enabled", \.enabled), Member("event_id", \.eventID),
    Member("heat_pumps", \.heatPumps), Member("target", \.target),
    Member("store_body", \.storesBody), Member("redact", \.redactedPointers),
    Member("rules", \.rules),
  ]
}
