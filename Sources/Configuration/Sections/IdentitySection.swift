import GatewayCore

extension ConfigurationCursor {
  /// `identity_providers[]`
  func identityProvider() -> IdentityProviderConfiguration? {
    guard let fields = fields() else { return nil }
    let name = fields.required("name")?.uniqueName("identity provider name")
    if let name { context.identityProviders.insert(name) }
    let issuer = fields.required("issuer")?.text()
    let audience = fields.required("audience")?.text()
    if let issuer, let audience {
      fields["audience"]?.reportIfRepeated(audience, of: "audience", within: issuer)
    }
    let keys = fields.required("jwks")?.keySource()
    if let name, let file = fields["jwks"]?.fields()?["file"] {
      context.keyFiles[name] = ConfigurationPlace(
        path: file.path, line: file.node.position.line, column: file.node.position.column)
    }
    guard let name, let issuer, let audience, let keys else { return nil }
    var provider = IdentityProviderConfiguration(
      name: name, issuer: issuer, audience: audience, keys: keys)
    provider.algorithms = fields["algorithms"]?.algorithms() ?? provider.algorithms
    provider.clockSkew = fields["clock_skew"]?.duration() ?? provider.clockSkew
    provider.scopesClaim = fields["scopes_claim"]?.text()
    return provider
  }

  private func keySource() -> IdentityProviderConfiguration.KeySource? {
    guard let fields = fields(), let (key, cursor) = fields.exactlyOne(of: ["file", "url"]) else {
      return nil
    }
    let authorityFile = fields["ca_file"]?.text()
    guard key == "url" else {
      fields["ca_file"]?.problem("is for url only")
      return cursor.text().map { .file($0) }
    }
    guard let url = cursor.url(allowingInsecure: true) else { return nil }
    guard url.isSecure || url.isLoopback else {
      cursor.problem("http:// is only for loopback")
      return nil
    }
    return .url(url, authorityFile: authorityFile)
  }

  private func algorithms() -> [TokenAlgorithm]? {
    guard let algorithms = list({ $0.choice(TokenAlgorithm.self) }) else { return nil }
    if elements()?.isEmpty == true { problem("at least one algorithm is needed") }
    return algorithms
  }

  /// `apps[].tokens[]`
  func appToken() -> AppToken? {
    guard let fields = fields() else { return nil }
    let provider = fields.required("provider")?.knownProvider()
    let claims = fields.required("claims")?.claims()
    guard let provider, let claims else { return nil }
    // The same claims in any order; two apps could not be told apart.
    let rule = claims.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    reportIfRepeated(
      rule.joined(separator: "\u{0}"), of: "combination of claims", within: provider)
    return AppToken(provider: provider, claims: claims)
  }

  private func knownProvider() -> String? {
    guard let name = name() else { return nil }
    guard context.identityProviders.contains(name) else {
      let hint = NearestName.hint(for: name, among: context.identityProviders)
      problem("no identity provider has the name \"\(Shown.name(name))\"\(hint)")
      return nil
    }
    return name
  }

  private func claims() -> [String: String]? {
    guard let members = members() else { return nil }
    guard !members.isEmpty else {
      problem("at least one claim is needed, or every token of the provider would do")
      return nil
    }
    var claims: [String: String] = [:]
    for (name, cursor) in members { claims[name] = cursor.text() }
    return claims.count == members.count ? claims : nil
  }
}
