import Configuration
import GatewayCore
import Identity
import Logging

/// Makes the identity providers and whose their tokens are from the configuration.
enum IdentitySetup {
  /// - Returns: `nil` if no provider is configured.
  static func ring(
    _ configuration: GatewayConfiguration, _ apps: [App], transport: any UpstreamTransport,
    clock: any GatewayClock, random: any RandomSource, logger: Logger
  ) -> TokenRing? {
    guard !configuration.identityProviders.isEmpty else { return nil }
    let providers = configuration.identityProviders.map { provider in
      let settings = settings(provider)
      return IdentityProvider(
        settings: settings,
        keeper: KeySetKeeper(
          name: settings.name, algorithms: settings.algorithms,
          source: source(provider.keys, transport, clock), clock: clock, random: random,
          logger: logger))
    }
    let owners = Dictionary(apps.map { ($0.name, $0) }) { first, _ in first }
    let rules = configuration.apps.flatMap { app in
      app.tokens.compactMap { token in
        owners[app.name].map {
          TokenRing.Rule(provider: token.provider, claims: token.claims, owner: $0)
        }
      }
    }
    return TokenRing(TokenVerifier(providers), rules, clock: clock)
  }

  /// Fetches all keys once, so that the first token need not be refused. A provider that is away
  /// holds up the start for seconds at most; its keys are then fetched in the background.
  ///
  /// - Throws: ``GatewayApplication/StartFault`` if a file has no keys: nobody else will mend it.
  static func loadKeys(
    _ configuration: GatewayConfiguration, _ ring: TokenRing?
  ) async throws(GatewayApplication.StartFault) {
    let keepers = ring?.verifier.providers.map(\.keeper) ?? []
    let faults = await withTaskGroup(of: (Int, KeySetFault?).self) { group in
      for (index, keeper) in keepers.enumerated() {
        group.addTask {
          do throws(KeySetFault) {
            try await keeper.refresh()
            return (index, nil)
          } catch {
            return (index, error)
          }
        }
      }
      return await group.reduce(into: [Int: KeySetFault]()) { $0[$1.0] = $1.1 }
    }
    for (index, provider) in configuration.identityProviders.enumerated() {
      guard case .file = provider.keys, let fault = faults[index] else { continue }
      throw GatewayApplication.StartFault(
        description: "identity_providers, \(provider.name): \(fault)")
    }
  }

  private static func settings(_ provider: IdentityProviderConfiguration) -> ProviderSettings {
    ProviderSettings(
      name: provider.name, issuer: provider.issuer, audience: provider.audience,
      algorithms: Set(
        provider.algorithms.compactMap { SignatureAlgorithm(rawValue: $0.rawValue) }),
      clockSkew: provider.clockSkew, scopesClaim: provider.scopesClaim)
  }

  private static func source(
    _ keys: IdentityProviderConfiguration.KeySource, _ transport: any UpstreamTransport,
    _ clock: any GatewayClock
  ) -> Identity.KeySource {
    switch keys {
    case .file(let path): .file(path)
    case .url(let url, let authorityFile):
      // A start waits for it, so it gets less time than a call of an app's would.
      .url(
        url.text, caFile: authorityFile, transport: transport, clock: clock,
        timeout: .seconds(5))
    }
  }
}
