import Configuration
import Credentials
import GatewayCore
import HeatPumpService
import Identity
import Logging
import Webhooks

/// Makes generations: the first one, and each next one out of the one in force.
struct GenerationMaker: Sendable {
  /// What the next generation needs and what may be lacking: with all of it there, nothing can go
  /// wrong any more.
  struct Preparation: Sendable {
    let configuration: GatewayConfiguration
    let hooks: HookRegistry
    let providers: [IdentityProvider]
    /// Organisations that are new, or others than those of their names, with all that was stored of
    /// them taken up.
    let added: [String: GatewayState.Organisation]
    /// The names of those that are others.
    let replaced: Set<String>
  }

  let organisations: OrganisationMaker
  let clock: any GatewayClock
  let random: any RandomSource
  let transport: any UpstreamTransport
  let logger: Logger
  /// This process, among all that share the storage.
  private let processID: ResourceID
  private let book = Locked(Book())

  private struct Book: Sendable {
    var nextIndex = 0
    var names: Set<String> = []
  }

  init(
    organisations: OrganisationMaker, clock: any GatewayClock, random: any RandomSource,
    transport: any UpstreamTransport, processID: ResourceID, logger: Logger
  ) {
    self.organisations = organisations
    self.clock = clock
    self.random = random
    self.transport = transport
    self.logger = logger
    self.processID = processID
  }

  /// The generation that the gateway starts with. Nothing stored is taken up yet, and no keys of
  /// identity providers are there.
  func first(
    _ configuration: GatewayConfiguration
  ) throws(GatewayApplication.StartFault) -> Generation {
    let hooks = try HookSetup.registry(
      configuration.hooks, reader: SecretReader(), logger: logger)
    return generation(
      configuration, number: 1,
      organisations: configuration.organisations.map { make($0, of: configuration) },
      hooks: hooks, providers: providers(configuration, after: nil), after: nil)
  }

  /// Makes ready what may be lacking for another configuration. Nothing in force is touched.
  ///
  /// - Throws: ``GatewayApplication/StartFault``: a secret, keys of an identity provider or the
  ///   storage cannot be used.
  func prepare(
    _ configuration: GatewayConfiguration, after generation: Generation,
    _ before: GatewayConfiguration
  ) async throws(GatewayApplication.StartFault) -> Preparation {
    let hooks = try HookSetup.registry(
      configuration.hooks, reader: SecretReader(), logger: logger)
    let known = generation.tokens?.verifier.providers ?? []
    let providers = providers(configuration, after: (before, known))
    let isNew = { (provider: IdentityProvider) in
      !known.contains { $0.keeper === provider.keeper }
    }
    try await IdentitySetup.loadKeys(configuration, providers.filter(isNew))
    var added: [String: GatewayState.Organisation] = [:]
    var replaced: Set<String> = []
    for organisation in configuration.organisations {
      if let former = before.organisations.first(where: { $0.name == organisation.name }) {
        guard OrganisationMaker.isReplaced(former, by: organisation) else { continue }
        replaced.insert(organisation.name)
      }
      let made = make(organisation, of: configuration)
      do {
        try await made.service.recover(
          bytes: configuration.cache.bytes / 2 / configuration.organisations.count)
      } catch {
        throw GatewayApplication.StartFault(description: "storage: \(error)")
      }
      added[organisation.name] = made
    }
    return Preparation(
      configuration: configuration, hooks: hooks, providers: providers, added: added,
      replaced: replaced)
  }

  /// The next generation. What stays configured is configured anew at once, and goes on with all
  /// that it knows.
  func next(
    _ preparation: Preparation, after generation: Generation, _ before: GatewayConfiguration
  ) -> Generation {
    let configuration = preparation.configuration
    let known = Dictionary(
      zip(before.organisations, generation.organisations).map { ($0.name, ($0, $1)) },
      uniquingKeysWith: { first, _ in first })
    let organisations = configuration.organisations.map { organisation in
      if let added = preparation.added[organisation.name] { return added }
      guard let (former, parts) = known[organisation.name] else {
        return make(organisation, of: configuration)
      }
      return self.organisations.remake(
        parts, organisation, of: configuration, after: (former, before))
    }
    return self.generation(
      configuration, number: generation.number + 1, organisations: organisations,
      hooks: preparation.hooks, providers: preparation.providers,
      after: (
        generation,
        Callers.Former(
          configuration: before, apps: generation.apps, replaced: preparation.replaced)
      ))
  }

  private func generation(
    _ configuration: GatewayConfiguration, number: Int,
    organisations: [GatewayState.Organisation], hooks: HookRegistry,
    providers: [IdentityProvider], after former: (generation: Generation, apps: Callers.Former)?
  ) -> Generation {
    let services = organisations.map(\.service)
    let apps = Callers.apps(configuration, services, clock, after: former?.apps)
    let places = zip(configuration.organisations, services).map { organisation, service in
      (
        organisation.name,
        Hooks.Place(service: service, rules: HookSetup.writeRules(organisation))
      )
    }
    return Generation(
      number: number, organisations: organisations, apps: AppRegistry(apps),
      keys: Callers.keyRing(configuration, apps),
      tokens: IdentitySetup.ring(
        configuration, apps, providers, after: former?.generation.tokens, clock: clock),
      certificates: Callers.certificateRing(configuration, apps),
      adminKeys: Callers.adminKeyRing(configuration),
      hostGuard: HostGuard(names: configuration.admin.hosts),
      hooks: Hooks(
        hooks, places: Dictionary(places, uniquingKeysWith: { first, _ in first }),
        after: former?.generation.hooks))
  }

  private func providers(
    _ configuration: GatewayConfiguration,
    after former: (configuration: GatewayConfiguration, providers: [IdentityProvider])?
  ) -> [IdentityProvider] {
    configuration.identityProviders.map { provider in
      if let former, former.configuration.identityProviders.contains(provider),
        let known = former.providers.first(where: { $0.settings.name == provider.name })
      {
        return known
      }
      return IdentitySetup.provider(
        provider, transport: transport, clock: clock, random: random, logger: logger)
    }
  }

  private func make(
    _ organisation: OrganisationConfiguration, of configuration: GatewayConfiguration
  ) -> GatewayState.Organisation {
    let (index, isNew) = book.withLock { book in
      defer { book.nextIndex += 1 }
      return (book.nextIndex, book.names.insert(organisation.name).inserted)
    }
    // One that was there before may still be coming to its end: they must not share a lane.
    let instanceID = isNew ? processID : random.timeOrderedID(at: clock.wall)
    return organisations.make(
      organisation, of: configuration, index: index, instanceID: instanceID)
  }
}
