import Configuration
import GatewayCore
import Identity
import Logging

/// Makes the identity providers and whose their tokens are from the configuration.
enum IdentitySetup {
  /// A provider, whose keys are not there yet.
  static func provider(
    _ provider: IdentityProviderConfiguration, transport: any UpstreamTransport,
    clock: any GatewayClock, random: any RandomSource, logger: Logger
  ) -> IdentityProvider {
    let settings = settings(provider)
    return IdentityProvider(
      settings: settings,
      keeper: KeySetKeeper(
        name: settings.name, algorithms: settings.algorithms,
        source: source(provider.keys, transport, clock), clock: clock, random: random,
        logger: logger))
  }

  /// - Parameter former: the ring in whose place this one comes.
  /// - Returns: `nil` if no provider is configured.
  static func ring(
    _ configuration: GatewayConfiguration, _ apps: [App], _ providers: [IdentityProvider],
    after former: TokenRing? = nil, clock: any GatewayClock
  ) -> TokenRing? {
    guard !providers.isEmpty else { return nil }
    let owners = Dictionary(apps.map { ($0.name, $0) }) { first, _ in first }
    let rules = configuration.apps.flatMap { app in
      app.tokens.compactMap { token in
        owners[app.name].map {
          TokenRing.Rule(provider: token.provider, claims: token.claims, owner: $0)
        }
      }
    }
    return TokenRing(TokenVerifier(providers), rules, after: former, clock: clock)
  }

  /// Fetches all keys once, so that the first token need not be refused. A provider that is away
  /// holds up the start for seconds at most; its keys are then fetched in the background.
  ///
  /// - Throws: ``GatewayApplication/StartFault`` if a file has no keys: nobody else will mend it.
  static func loadKeys(
    _ configuration: GatewayConfiguration, _ providers: [IdentityProvider]
  ) async throws(GatewayApplication.StartFault) {
    let faults = await withTaskGroup(of: (String, KeySetFault?).self) { group in
      for provider in providers {
        group.addTask {
          do throws(KeySetFault) {
            try await provider.keeper.refresh()
            return (provider.settings.name, nil)
          } catch {
            return (provider.settings.name, error)
          }
        }
      }
      return await group.reduce(into: [String: KeySetFault]()) { $0[$1.0] = $1.1 }
    }
    for provider in configuration.identityProviders {
      guard case .file = provider.keys, let fault = faults[provider.name] else { continue }
      throw GatewayApplication.StartFault(
        description: "identity_providers, \(provider.name): \(fault)")
    }
  }

  /// Why a provider's file has no keys; `nil` if it has, or if they come from elsewhere.
  static func reasonAgainstFile(
    of provider: IdentityProviderConfiguration, clock: any GatewayClock
  ) async -> String? {
    guard case .file(let path) = provider.keys else { return nil }
    let settings = settings(provider)
    let keeper = KeySetKeeper(
      name: settings.name, algorithms: settings.algorithms, source: .file(path), clock: clock,
      random: SystemRandomSource(), logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
    )
    do throws(KeySetFault) {
      try await keeper.refresh()
      return nil
    } catch {
      return error.description
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
