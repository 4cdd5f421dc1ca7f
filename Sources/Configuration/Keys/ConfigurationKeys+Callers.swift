import GatewayCore

extension ConfigurationKeys {
  static let apps = rows([
    ("apps", .list("apps"), .defaulted("[]"), "Internal callers and what each may do."),
    ("apps[].name", .name, .required, "The name; unique among apps."),
    ("apps[].organisation", .name, .required, "Its one organisation."),
    (
      "apps[].keys", .list("keys"), .defaulted("[]"),
      "At least one, unless there are `tokens` or `certificates`. Several let keys rotate without "
        + "a gap."
    ),
    ("apps[].keys[].sha256", .hash, .required, "The key's hash, as `new-key` prints it; unique."),
    ("apps[].keys[].expires", .time, .optional, "When the key ends. Never by default."),
    (
      "apps[].tokens", .list("rules"), .defaulted("[]"),
      "The access tokens that are its own; a token that is of two apps is refused."
    ),
    ("apps[].tokens[].provider", .name, .required, "The identity provider's name."),
    (
      "apps[].tokens[].claims", .mapping("texts by claim"), .required,
      "What a token must have, all of it; of a claim that is a list, one value."
    ),
    (
      "apps[].certificates", .list("rules"), .defaulted("[]"),
      "The client certificates that are its own, each by exactly one of the following; needs "
        + "`listen.tls.client_ca`. A certificate that is of two apps is refused."
    ),
    (
      "apps[].certificates[].subject", .text, .optional,
      "The whole subject, as RFC 4514 writes it: `CN=portal,O=Example`."
    ),
    (
      "apps[].certificates[].dns_name", .text, .optional,
      "A host name among the alternative names; without wildcards."
    ),
    (
      "apps[].certificates[].uri", .text, .optional,
      "A URI among the alternative names, such as `spiffe://example.com/portal`."
    ),
    (
      "apps[].certificates[].sha256", .hash, .optional,
      "The SHA-256 of the one certificate, in its binary form (DER)."
    ),
    (
      "apps[].scopes", .list(Scope.allCases.map(\.rawValue).joined(separator: ", ")),
      .defaulted("[]"), "What it may do."
    ),
    (
      "apps[].users", .list("user ids, or `\"*\"`"), .defaulted("[]"),
      "Whose heat pumps it may touch. Nobody's by default."
    ),
    (
      "apps[].heat_pumps", .list("aliases and heat pump ids, or `\"*\"`"), .defaulted("[]"),
      "Which heat pumps it may touch; `users` must allow too. None by default."
    ),
    (
      "apps[].may_write", .mapping("by writable pointer"), .optional,
      "The only pointers that it may write, with limits or `{}`. Without it, all that its scopes "
        + "allow."
    ),
    (
      "apps[].may_write.*.minimum", .decimal(.lowest...(.highest)), .optional,
      "The smallest number."
    ),
    (
      "apps[].may_write.*.maximum", .decimal(.lowest...(.highest)), .optional,
      "The largest number."
    ),
    (
      "apps[].may_write.*.maximum_ahead", .duration(0, 315_576_000), .optional,
      "How far a time may lie in the future."
    ),
    ("apps[].rate", .group, .optional, "Its rate limit. Without it, none."),
    (
      "apps[].rate.requests_per_second", .decimal(.hundredth...1_000_000), .required,
      "Requests per second, on average."
    ),
    (
      "apps[].rate.burst", .integer(1...1_000_000), .optional,
      "Requests at once. Twice the rate by default."
    ),
  ])

  static let heatPumps = rows([
    ("heat_pumps", .list("heat pumps"), .defaulted("[]"), "Heat pumps with a name for people."),
    (
      "heat_pumps[].alias", .name, .required,
      "The name, unique within the organisation; not of a UUID's form."
    ),
    ("heat_pumps[].organisation", .name, .required, "Its organisation."),
    ("heat_pumps[].user_id", .id, .required, "The owner's id."),
    ("heat_pumps[].heat_pump_id", .id, .required, "Its own id; unique within the organisation."),
  ])
}

extension ExactDecimal {
  // Written as digits, these are read without fail; 0 and the integers stand in only to satisfy
  // the compiler.
  static let hundredth = ExactDecimal("0.01") ?? 0
  static let lowest: ExactDecimal = -1_000_000
  static let highest: ExactDecimal = 1_000_000
}
