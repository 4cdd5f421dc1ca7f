import GatewayCore

extension ConfigurationKeys {
  static let organisations = rows([
    (
      "organisations", .list("organisations"), .defaulted("[]"),
      "The upstream organisations that the gateway speaks for."
    ),
    (
      "organisations[].name", .name, .required,
      "The name that apps, hooks and heat pumps refer to; unique."
    ),
    ("organisations[].id", .id, .required, "The id in the upstream's paths; unique."),
    (
      "organisations[].api_base", .url,
      .defaulted("https://app.podero.com/api/partners/v2.0/"),
      "The API base. `http://` only for loopback, or with `allow_insecure`."
    ),
    (
      "organisations[].token_url", .url, .defaulted("https://app.podero.com/oauth2/token/"),
      "The token endpoint. The same rule."
    ),
    (
      "organisations[].allow_insecure", .boolean, .defaulted("false"),
      "Allow `http://` beyond loopback. Credentials then travel readable."
    ),
    (
      "organisations[].token_request", .choice(of: TokenRequestForm.self), .defaulted("auto"),
      "The token request's body. `auto`: JSON, then form if the server refuses it."
    ),
    ("organisations[].client_id", .secret, .required, "The OAuth client id."),
    ("organisations[].client_secret", .secret, .required, "The OAuth client secret."),
    (
      "organisations[].next", .group, .optional,
      "A second slot for rotation: used when the first is refused."
    ),
    ("organisations[].next.client_id", .secret, .required, "Its client id."),
    ("organisations[].next.client_secret", .secret, .required, "Its client secret."),
    (
      "organisations[].ca_file", .path, .optional,
      "Authorities to trust in place of the system's, PEM."
    ),
    (
      "organisations[].write_mode", .choice(of: WriteMode.self), .defaulted("sparse"),
      "`sparse` sends just the named fields, `merge` all, read just before."
    ),
    (
      "organisations[].on_reset", .choice(of: ResetPolicy.self), .defaulted("restore"),
      "What happens to fields that the upstream set to its defaults unasked."
    ),
    ("organisations[].timeouts", .group, .optional, "How long upstream calls may take."),
    (
      "organisations[].timeouts.connect", .duration(.milliseconds(100)...(.seconds(60))),
      .defaulted("PT3S"), "Name look-up, connecting and TLS."
    ),
    (
      "organisations[].timeouts.total", .duration(.milliseconds(100)...(.seconds(300))),
      .defaulted("PT15S"), "The whole call; not below `connect`."
    ),
    (
      "organisations[].budget", .group, .optional,
      "How much may be asked of the upstream, by all gateways that share a database together."
    ),
    (
      "organisations[].budget.requests_per_second", .decimal(.hundredth...1_000_000),
      .defaulted("50"), "Calls per second, on average."
    ),
    (
      "organisations[].budget.in_flight", .integer(1...10000), .defaulted("32"),
      "Calls at the same time."
    ),
    ("organisations[].cache", .group, .optional, "How long answers are served from memory."),
    (
      "organisations[].cache.fresh", .duration(0, 86400), .defaulted("PT30S"),
      "Without asking the upstream."
    ),
    (
      "organisations[].cache.stale_while_revalidate", .duration(0, 604_800),
      .defaulted("PT15M"), "After that, while one refresh runs."
    ),
    (
      "organisations[].cache.stale_if_error", .duration(0, 2_592_000), .defaulted("P1D"),
      "When the upstream fails."
    ),
    ("organisations[].polling", .group, .optional, "Reading heat pumps that someone listens to."),
    (
      "organisations[].polling.interval", .duration(10, 86400), .defaulted("PT5M"),
      "How often each user's list is read. Longer where half of `budget` is not enough for that."
    ),
    (
      "organisations[].discovery", .group, .optional,
      "Learning users and heat pumps by listing the organisation."
    ),
    ("organisations[].discovery.enabled", .boolean, .defaulted("false"), "Whether it is done."),
    (
      "organisations[].discovery.interval", .duration(60, 604_800), .defaulted("PT1H"),
      "How often."
    ),
    (
      "organisations[].guard_rails", .mapping("by writable pointer"), .optional,
      "Limits that no write passes. A pointer that is named has just the limits given here, and "
        + "none with `{}`; the others keep those below."
    ),
    (
      "organisations[].guard_rails.*.minimum", .decimal(.lowest...(.highest)), .optional,
      "The smallest number."
    ),
    (
      "organisations[].guard_rails.*.maximum", .decimal(.lowest...(.highest)), .optional,
      "The largest number."
    ),
    (
      "organisations[].guard_rails.*.maximum_ahead", .duration(0, 315_576_000), .optional,
      "How far a time may lie in the future."
    ),
  ])
}
