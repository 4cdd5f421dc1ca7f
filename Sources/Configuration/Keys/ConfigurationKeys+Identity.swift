import GatewayCore

extension ConfigurationKeys {
  static let identityProviders = rows([
    (
      "identity_providers", .list("providers"), .defaulted("[]"),
      "Whose access tokens (JWT) apps may present in place of a key."
    ),
    ("identity_providers[].name", .name, .required, "The name that apps refer to; unique."),
    (
      "identity_providers[].issuer", .text, .required,
      "The exact `iss` of its tokens; unique together with `audience`."
    ),
    (
      "identity_providers[].audience", .text, .required,
      "What must be in `aud`: the gateway's name at the provider."
    ),
    (
      "identity_providers[].jwks", .group, .required,
      "Its public keys (RFC 7517); exactly one of `file` and `url`."
    ),
    ("identity_providers[].jwks.file", .path, .optional, "In a file, read anew every 30 s."),
    (
      "identity_providers[].jwks.url", .url, .optional,
      "At an address. `http://` only for loopback."
    ),
    (
      "identity_providers[].jwks.ca_file", .path, .optional,
      "Authorities to trust for `url` in place of the system's, PEM."
    ),
    (
      "identity_providers[].algorithms",
      .list(TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")),
      .defaulted("[RS256, ES256]"), "The algorithms that it may sign with; no others count."
    ),
    (
      "identity_providers[].clock_skew", .duration(0, 300), .defaulted("PT60S"),
      "How far its clock may be off."
    ),
    (
      "identity_providers[].scopes_claim", .text, .optional,
      "The claim whose scopes limit a token within its app's. Without it, the app's count."
    ),
  ])
}
