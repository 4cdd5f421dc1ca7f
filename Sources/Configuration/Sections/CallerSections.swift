import GatewayCore

extension ConfigurationCursor {
  /// `heat_pumps[]`
  func heatPumpEntry() -> HeatPumpConfiguration? {
    guard let fields = fields() else { return nil }
    let organisation = fields.required("organisation")?.organisation()
    let alias = fields.required("alias")?.alias(in: organisation)
    let userID = fields.required("user_id")?.id()
    let heatPumpID = fields.required("heat_pump_id")?.heatPumpID(in: organisation)
    if let organisation, let alias {
      context.aliases[organisation, default: [:]][alias] = .some(heatPumpID)
    }
    guard let organisation, let alias, let userID, let heatPumpID else { return nil }
    return HeatPumpConfiguration(
      alias: alias, organisation: organisation, userID: userID, heatPumpID: heatPumpID)
  }

  private func alias(in organisation: String?) -> String? {
    guard let alias = name() else { return nil }
    guard ResourceID(alias) == nil else {
      problem("an alias must not look like a UUID")
      return nil
    }
    if let organisation { reportIfRepeated(alias, of: "alias", within: organisation) }
    return alias
  }

  private func heatPumpID(in organisation: String?) -> ResourceID? {
    guard let id = id() else { return nil }
    if let organisation {
      reportIfRepeated(id.description, of: "heat pump id", within: organisation)
    }
    return id
  }

  /// `apps[]`
  func app() -> AppConfiguration? {
    guard let fields = fields() else { return nil }
    let name = fields.required("name")?.uniqueName("app name")
    let organisation = fields.required("organisation")?.organisation()
    let tokens = fields["tokens"]?.list { $0.appToken() } ?? []
    let certificates = fields["certificates"]?.appCertificates() ?? []
    let others = fields["tokens"] ?? fields["certificates"]
    let keys =
      others != nil && fields["keys"] == nil
      ? [] : fields.required("keys")?.appKeys(mayBeNone: others != nil)
    var app = AppConfiguration(
      name: name ?? "", organisation: organisation ?? "", keys: keys ?? [])
    app.tokens = tokens
    app.certificates = certificates
    if tokens.isEmpty, certificates.isEmpty, keys?.isEmpty == true {
      others?.problem("without keys, at least one is needed")
    }
    app.scopes = Set(fields["scopes"]?.list { $0.choice(Scope.self) } ?? [])
    app.users = fields["users"]?.allowList { $0.id() } ?? app.users
    app.heatPumps =
      fields["heat_pumps"]?.allowList { $0.heatPump(in: organisation) } ?? app.heatPumps
    app.mayWrite = fields["may_write"]?.bounds()
    app.rate = fields["rate"]?.rate()
    for key in ["scopes", "users", "heat_pumps"] {
      (fields[key] ?? self).warnIfNothingIsAllowed(by: key)
    }
    guard name != nil, organisation != nil, keys != nil else { return nil }
    return app
  }

  private func warnIfNothingIsAllowed(by key: String) {
    switch node.content {
    case .list(let elements) where !elements.isEmpty: return
    case .list, .mapping:
      problem("\(key) is empty or absent, so this app may do nothing", severity: .warning)
    case .scalar: return
    }
  }

  /// A name that nothing else of its kind has.
  func uniqueName(_ what: String, within space: String = "") -> String? {
    guard let name = name() else { return nil }
    reportIfRepeated(name, of: what, within: space)
    return name
  }

  private func appKeys(mayBeNone: Bool) -> [AppKey]? {
    guard let elements = elements() else { return nil }
    guard !elements.isEmpty || mayBeNone else {
      problem("at least one key is needed")
      return nil
    }
    return elements.compactMap { element in
      guard let fields = element.fields() else { return nil }
      let hash = fields.required("sha256")?.keyHash()
      let expires = fields["expires"]?.expiry()
      return hash.map { AppKey(hash: $0, expires: expires) }
    }
  }

  private func rate() -> RateConfiguration? {
    guard let fields = fields() else { return nil }
    let rate = fields.required("requests_per_second")?.decimal()
    let burst = fields["burst"]?.integer()
    guard let rate else { return nil }
    return RateConfiguration(
      requestsPerSecond: rate, burst: burst ?? RateConfiguration.defaultBurst(for: rate))
  }
}
