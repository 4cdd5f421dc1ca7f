import Configuration
import GatewayCore
import HeatPumpService
import HeatPumps

/// Makes the key rings from the configuration's callers.
enum Callers {
  /// The apps of a generation, and the configuration that they were made from.
  struct Former: Sendable {
    let configuration: GatewayConfiguration
    let apps: AppRegistry
    /// The names of organisations that are others now, although of the same name.
    var replaced: Set<String> = []
  }

  /// The configured apps.
  ///
  /// - Parameters:
  ///   - services: those of the organisations, in their order.
  ///   - former: the apps in whose place these come; what is left of their rates stays.
  static func apps(
    _ configuration: GatewayConfiguration, _ services: [OrganisationService],
    _ clock: any GatewayClock, after former: Former? = nil
  ) -> [App] {
    configuration.apps.compactMap { app in
      configuration.organisations.firstIndex { $0.name == app.organisation }.map { index in
        make(
          app, configuration.organisations[index], services[index], clock,
          standing: standing(of: app, in: configuration, after: former),
          limiter: limiter(of: app, clock, after: former))
      }
    }
  }

  private static func limiter(
    of app: AppConfiguration, _ clock: any GatewayClock, after former: Former?
  ) -> RateLimiter? {
    guard let rate = app.rate else { return nil }
    let (perSecond, burst) = (rate.requestsPerSecond.approximate, Double(rate.burst))
    if let limiter = former?.apps[app.organisation, app.name]?.limiter {
      return limiter.adjusted(
        requestsPerSecond: perSecond, burst: burst, now: clock.monotonic)
    }
    return RateLimiter(requestsPerSecond: perSecond, burst: burst, now: clock.monotonic)
  }

  private static func standing(
    of app: AppConfiguration, in configuration: GatewayConfiguration, after former: Former?
  ) -> Standing {
    guard let former, !former.replaced.contains(app.organisation),
      let known = former.apps[app.organisation, app.name],
      let before = former.configuration.apps.first(where: { $0.name == app.name }),
      hearing(before) == hearing(app),
      providers(of: app, in: former.configuration) == providers(of: app, in: configuration)
    else { return Standing() }
    return known.standing
  }

  // What an app may hear, and whose tokens are its own; keys and certificates are looked at by
  // themselves.
  private static func hearing(_ app: AppConfiguration) -> AppConfiguration {
    var hearing = app
    (hearing.keys, hearing.certificates, hearing.rate, hearing.mayWrite) = ([], [], nil, nil)
    return hearing
  }

  private static func providers(
    of app: AppConfiguration, in configuration: GatewayConfiguration
  ) -> [IdentityProviderConfiguration] {
    let names = Set(app.tokens.map(\.provider))
    return configuration.identityProviders.filter { names.contains($0.name) }
  }

  static func keyRing(_ configuration: GatewayConfiguration, _ apps: [App]) -> KeyRing<App> {
    let owners = Dictionary(apps.map { ($0.name, $0) }) { first, _ in first }
    return KeyRing(
      configuration.apps.flatMap { app -> [KeyRing<App>.Key] in
        guard let owner = owners[app.name] else { return [] }
        return app.keys.compactMap { key in
          KeyDigest(key.hash.bytes).map {
            KeyRing<App>.Key(digest: $0, expires: key.expires, owner: owner)
          }
        }
      })
  }

  static func certificateRing(
    _ configuration: GatewayConfiguration, _ apps: [App]
  ) -> CertificateRing {
    let owners = Dictionary(apps.map { ($0.name, $0) }) { first, _ in first }
    return CertificateRing(
      configuration.apps.flatMap { app in
        app.certificates.compactMap { mark in owners[app.name].map { (mark, $0) } }
      })
  }

  static func adminKeyRing(
    _ configuration: GatewayConfiguration
  ) -> KeyRing<Endpoint.AdminRole> {
    KeyRing(
      configuration.admin.keys.compactMap { key in
        KeyDigest(key.hash.bytes).map {
          KeyRing<Endpoint.AdminRole>.Key(
            digest: $0, expires: key.expires, owner: key.role == .operator ? .operator : .metrics)
        }
      })
  }

  private static func make(
    _ app: AppConfiguration, _ organisation: OrganisationConfiguration,
    _ service: OrganisationService, _ clock: any GatewayClock, standing: Standing,
    limiter: RateLimiter?
  ) -> App {
    let scopes = app.scopes.reduce(into: Scopes()) {
      $0.formUnion(Scopes(name: $1.rawValue) ?? [])
    }
    return App(
      name: app.name, organisation: service, scopes: scopes, users: app.users,
      heatPumps: app.heatPumps,
      writeRules: WriteRules(
        mayWrite: scopes.contains(.heatPumpsWrite), mayAdmin: scopes.contains(.heatPumpsAdmin),
        fieldPolicy: app.mayWrite,
        guardRails: organisation.guardRails),
      limiter: limiter, standing: standing)
  }
}
