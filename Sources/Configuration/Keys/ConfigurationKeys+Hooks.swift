import GatewayCore
import HeatPumps

extension ConfigurationKeys {
  static let hooks = hookRows + verificationRows + ruleRows

  private static let hookRows = rows([
    ("hooks", .list("hooks"), .defaulted("[]"), "Home-automation sources."),
    ("hooks[].name", .name, .required, "The name, unique: `POST /v1/hooks/NAME`."),
    ("hooks[].organisation", .name, .required, "Its one organisation."),
    ("hooks[].enabled", .boolean, .defaulted("true"), "Whether it is let in."),
    (
      "hooks[].event_id", .group, .optional,
      "Where an event's own id stands; exactly one of its keys. By default the body's `/id`, or "
        + "the header `webhook-id` for `standard_webhooks`."
    ),
    ("hooks[].event_id.pointer", .pointer, .optional, "In the body."),
    (
      "hooks[].event_id.header", .header, .optional,
      "In a header, which the signature must cover."
    ),
    (
      "hooks[].event_id.body_hash", .boolean, .optional,
      "`true`: equal bodies are one event."
    ),
    (
      "hooks[].heat_pumps", .list("aliases and heat pump ids, or `\"*\"`"), .required,
      "The only heat pumps that it may touch. `\"*\"`: all of the organisation that are known."
    ),
    (
      "hooks[].target", .group, .required,
      "Which of them an event is about; exactly one of its keys."
    ),
    ("hooks[].target.alias", .text, .optional, "Always this alias or heat pump id."),
    ("hooks[].target.pointer", .pointer, .optional, "The alias or id there in the body."),
    (
      "hooks[].store_body", .boolean, .defaulted("true"),
      "Whether the bodies of its events are kept, for people to look at."
    ),
    (
      "hooks[].redact", .list("JSON Pointers"), .defaulted("[]"),
      "What is replaced by `[redacted]` in a body that is kept."
    ),
  ])

  private static let verificationRows = rows([
    (
      "hooks[].verify", .group, .required,
      "How the source proves itself; exactly one of its keys."
    ),
    ("hooks[].verify.hmac_sha256", .group, .optional, "An HMAC over the raw body."),
    (
      "hooks[].verify.hmac_sha256.secrets", .list("secrets"), .required,
      "Any of these may have signed; at least one."
    ),
    ("hooks[].verify.hmac_sha256.header", .header, .required, "The header with the signature."),
    (
      "hooks[].verify.hmac_sha256.prefix", .value("text, also empty"), .defaulted("\"\""),
      "What stands before the signature."
    ),
    (
      "hooks[].verify.hmac_sha256.encoding", .choice(of: HMACVerification.Encoding.self),
      .defaulted("hex"), "How the signature is written."
    ),
    (
      "hooks[].verify.hmac_sha256.timestamp", .group, .optional,
      "If set, `TIMESTAMP.BODY` is signed, and no older than 5 minutes."
    ),
    (
      "hooks[].verify.hmac_sha256.timestamp.header", .header, .required,
      "The header with the time."
    ),
    (
      "hooks[].verify.standard_webhooks", .group, .optional,
      "A signature by the Standard Webhooks specification."
    ),
    (
      "hooks[].verify.standard_webhooks.secrets", .list("secrets"), .required,
      "Any of these may have signed; at least one."
    ),
    ("hooks[].verify.bearer", .group, .optional, "`Authorization: Bearer TOKEN`."),
    ("hooks[].verify.bearer.sha256", .hash, .required, "The token's hash."),
    ("hooks[].verify.basic", .group, .optional, "`Authorization: Basic`."),
    ("hooks[].verify.basic.user", .text, .required, "The user's name; no colon."),
    ("hooks[].verify.basic.sha256", .hash, .required, "The password's hash."),
    ("hooks[].verify.path_token", .group, .optional, "`POST /v1/hooks/NAME/TOKEN`."),
    ("hooks[].verify.path_token.sha256", .hash, .required, "The token's hash."),
  ])

  private static let ruleRows = rows([
    (
      "hooks[].rules", .list("rules"), .defaulted("[]"),
      "The first whose conditions all hold counts; without one, the event is ignored."
    ),
    ("hooks[].rules[].name", .name, .required, "The name; unique within the hook."),
    (
      "hooks[].rules[].when", .list("conditions"), .defaulted("[]"),
      "All must hold; none means always. Each has a pointer and exactly one operator."
    ),
    ("hooks[].rules[].when[].pointer", .pointer, .required, "The value in the body."),
    ("hooks[].rules[].when[].equals", .value("literal"), .optional, "It is that one."),
    ("hooks[].rules[].when[].not_equals", .value("literal"), .optional, "It is another or none."),
    ("hooks[].rules[].when[].in", .list("literals"), .optional, "It is one of these."),
    (
      "hooks[].rules[].when[].less", .decimal(.lowestOperand...(.highestOperand)), .optional,
      "It is a number below that."
    ),
    (
      "hooks[].rules[].when[].greater", .decimal(.lowestOperand...(.highestOperand)), .optional,
      "It is a number above that."
    ),
    (
      "hooks[].rules[].when[].exists", .boolean, .optional,
      "`true`: there is a value. `false`: there is none."
    ),
    (
      "hooks[].rules[].then", .group, .required,
      "What is done: `command` or `patch`."
    ),
    (
      "hooks[].rules[].then.command", .choice(of: HeatPumpCommand.self), .optional,
      "The command."
    ),
    (
      "hooks[].rules[].then.with", .mapping("by the command's parameters"), .optional,
      "Its parameters: literals, `{pointer: /x, default: LITERAL}`, `{after: DURATION}`."
    ),
    (
      "hooks[].rules[].then.patch", .mapping("a tree of writable fields"), .optional,
      "The fields to write, with the same kinds of values."
    ),
    (
      "hooks[].rules[].valid_for", .duration(1, 86400), .defaulted("PT10M"),
      "How long after its acceptance an event may still be carried out."
    ),
  ])
}

extension ExactDecimal {
  // As far as 15 digits: more than any sensor sends.
  fileprivate static let lowestOperand: ExactDecimal = -999_999_999_999_999
  fileprivate static let highestOperand: ExactDecimal = 999_999_999_999_999
}
