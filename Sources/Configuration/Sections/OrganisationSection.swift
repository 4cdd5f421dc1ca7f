import GatewayCore
import HeatPumps

extension ConfigurationCursor {
  /// `organisations[]`
  func organisationEntry() -> OrganisationConfiguration? {
    guard let fields = fields() else { return nil }
    let name = fields.required("name")?.organisationName()
    let id = fields.required("id")?.organisationID()
    let credentials = fields.credentials()
    var organisation = OrganisationConfiguration(
      name: name ?? "", id: id ?? ResourceID(high: 0, low: 0),
      credentials: credentials ?? ClientCredentials(id: .file(""), secret: .file("")))
    organisation.readEndpoints(fields)
    organisation.readBehaviour(fields)
    if let name { context.guardRails[name] = organisation.guardRails }
    guard name != nil, id != nil, credentials != nil else { return nil }
    return organisation
  }

  private func organisationName() -> String? {
    guard let name = name() else { return nil }
    context.organisations.insert(name)
    reportIfRepeated(name, of: "organisation name")
    return name
  }

  private func organisationID() -> ResourceID? {
    guard let id = id() else { return nil }
    reportIfRepeated(id.description, of: "organisation id")
    return id
  }

  fileprivate func timeouts() -> TimeoutConfiguration? {
    guard let fields = fields() else { return nil }
    var timeouts = TimeoutConfiguration()
    timeouts.connect = fields["connect"]?.duration() ?? timeouts.connect
    timeouts.total = fields["total"]?.duration() ?? timeouts.total
    if timeouts.connect > timeouts.total {
      problem("connect must not be longer than total")
    }
    return timeouts
  }

  fileprivate func budget() -> BudgetConfiguration? {
    guard let fields = fields() else { return nil }
    var budget = BudgetConfiguration()
    budget.requestsPerSecond =
      fields["requests_per_second"]?.decimal() ?? budget.requestsPerSecond
    budget.inFlight = fields["in_flight"]?.integer() ?? budget.inFlight
    return budget
  }

  fileprivate func freshness() -> FreshnessConfiguration? {
    guard let fields = fields() else { return nil }
    var freshness = FreshnessConfiguration()
    freshness.fresh = fields["fresh"]?.duration() ?? freshness.fresh
    freshness.staleWhileRevalidate =
      fields["stale_while_revalidate"]?.duration() ?? freshness.staleWhileRevalidate
    freshness.staleIfError = fields["stale_if_error"]?.duration() ?? freshness.staleIfError
    return freshness
  }

  fileprivate func discovery() -> DiscoveryConfiguration? {
    guard let fields = fields() else { return nil }
    var discovery = DiscoveryConfiguration()
    discovery.enabled = fields["enabled"]?.boolean() ?? discovery.enabled
    discovery.interval = fields["interval"]?.duration() ?? discovery.interval
    return discovery
  }

  fileprivate func guardRails() -> [String: FieldBounds]? {
    for (pointer, cursor) in members() ?? [] {
      guard FieldTable.writable(pointer) != nil,
        case .mapping(let entries) = cursor.node.content, entries.isEmpty
      else { continue }
      cursor.problem("this guard rail limits nothing", severity: .warning)
    }
    return bounds()
  }
}

extension ConfigurationFields {
  /// `client_id` and `client_secret` of this group.
  func credentials() -> ClientCredentials? {
    let id = required("client_id")?.secret()
    let secret = required("client_secret")?.secret()
    guard let id, let secret else { return nil }
    return ClientCredentials(id: id, secret: secret)
  }
}

extension OrganisationConfiguration {
  fileprivate mutating func readEndpoints(_ fields: ConfigurationFields) {
    allowsInsecure = fields["allow_insecure"]?.boolean() ?? allowsInsecure
    let insecure = allowsInsecure
    apiBase = fields["api_base"]?.url(allowingInsecure: insecure)?.directory ?? apiBase
    tokenURL = fields["token_url"]?.url(allowingInsecure: insecure)?.text ?? tokenURL
    tokenRequest = fields["token_request"]?.choice() ?? tokenRequest
    nextCredentials = fields["next"]?.fields()?.credentials()
    authorityFile = fields["ca_file"]?.text()
    timeouts = fields["timeouts"]?.timeouts() ?? timeouts
    budget = fields["budget"]?.budget() ?? budget
  }

  fileprivate mutating func readBehaviour(_ fields: ConfigurationFields) {
    writeMode = fields["write_mode"]?.choice() ?? writeMode
    resetPolicy = fields["on_reset"]?.choice() ?? resetPolicy
    cache = fields["cache"]?.freshness() ?? cache
    pollingInterval = fields["polling"]?.fields()?["interval"]?.duration() ?? pollingInterval
    discovery = fields["discovery"]?.discovery() ?? discovery
    guardRails.merge(fields["guard_rails"]?.guardRails() ?? [:]) { _, set in set }
  }
}
