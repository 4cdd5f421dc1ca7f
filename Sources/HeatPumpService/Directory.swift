public import GatewayCore

/// The heat pumps of one organisation that the gateway knows: configured, met before, or
/// discovered.
///
/// The upstream addresses a heat pump below its owner; callers may leave the owner out, and this is
/// where it is looked up.
public final class Directory: Sendable {
  private struct State: Sendable {
    var aliases: [String: HeatPumpAddress] = [:]
    var aliasOfID: [ResourceID: String] = [:]
    var owners: [ResourceID: ResourceID] = [:]
    // The same by user, kept beside it so that one user's need no search through all.
    var heatPumps: [ResourceID: [ResourceID]] = [:]
    // Configured heat pumps that the upstream does not show: they stay known, but are gone once.
    var missing: Set<ResourceID> = []
    var sorted: [HeatPumpAddress]?

    mutating func setOwner(_ owner: ResourceID?, of id: ResourceID) {
      if let former = owners[id] {
        let left = (heatPumps[former] ?? []).filter { $0 != id }
        heatPumps[former] = left.isEmpty ? nil : left
      }
      owners[id] = owner
      if let owner { heatPumps[owner, default: []].append(id) }
      sorted = nil
    }

    mutating func setAliases(_ aliases: [String: HeatPumpAddress]) -> AliasChange {
      let formerAliases = aliasOfID
      let formerOwners = Dictionary(
        self.aliases.values.map { ($0.id, $0.user) }, uniquingKeysWith: { first, _ in first })
      self.aliases = aliases
      aliasOfID = Dictionary(
        aliases.map { ($1.id, $0) }, uniquingKeysWith: { first, second in min(first, second) })
      let configured = Dictionary(
        aliases.values.map { ($0.id, $0.user) }, uniquingKeysWith: { first, _ in first })
      // What the upstream has shown since counts more than what was configured all along.
      for (id, user) in configured where formerOwners[id] != user {
        if owners[id] != user { setOwner(user, of: id) }
      }
      var change = AliasChange()
      change.removed = Set(formerAliases.keys).subtracting(aliasOfID.keys)
      change.renamed = Set(formerAliases.keys).union(aliasOfID.keys)
        .filter { formerAliases[$0] != aliasOfID[$0] }
      return change
    }
  }

  private let state: Locked<State>

  /// Creates a directory with the configured heat pumps.
  public init(aliases: [String: HeatPumpAddress]) {
    var state = State()
    _ = state.setAliases(aliases)
    self.state = Locked(state)
  }

  /// What other aliases have changed.
  struct AliasChange: Sendable {
    /// The heat pumps whose alias is another one, or that have one no more.
    var renamed: Set<ResourceID> = []
    /// Those that have none any more.
    var removed: Set<ResourceID> = []
  }

  /// Takes other configured heat pumps, in place of all former ones; those stay known.
  func setAliases(_ aliases: [String: HeatPumpAddress]) -> AliasChange {
    state.withLock { $0.setAliases(aliases) }
  }

  /// Forgets a heat pump that is not configured.
  func drop(_ id: ResourceID) {
    state.withLock { state in
      guard state.aliasOfID[id] == nil else { return }
      state.missing.remove(id)
      state.setOwner(nil, of: id)
    }
  }

  /// The alias of a heat pump, if it has one.
  public func alias(of id: ResourceID) -> String? { state.withLock { $0.aliasOfID[id] } }

  /// The heat pump with that alias or id, if it is known.
  public func resolve(_ reference: String) -> HeatPumpAddress? {
    if let address = state.withLock({ $0.aliases[reference] }) { return address }
    return ResourceID(reference).flatMap(address(of:))
  }

  /// Where a heat pump is, if that is known.
  public func address(of id: ResourceID) -> HeatPumpAddress? {
    state.withLock { $0.owners[id] }.map { HeatPumpAddress(user: $0, id: id) }
  }

  /// How many heat pumps are known.
  public var count: Int { state.withLock { $0.owners.count } }

  /// All known heat pumps in the order of their ids.
  public var all: [HeatPumpAddress] {
    state.withLock { state in
      if let sorted = state.sorted { return sorted }
      let sorted = state.owners.map { HeatPumpAddress(user: $1, id: $0) }.sorted()
      state.sorted = sorted
      return sorted
    }
  }

  /// The known heat pumps of a user, in no order.
  public func heatPumps(of user: ResourceID) -> [ResourceID] {
    state.withLock { $0.heatPumps[user] ?? [] }
  }

  /// Remembers a heat pump that the upstream has shown.
  ///
  /// - Returns: its former owner, if it has another one now.
  @discardableResult
  public func learn(_ address: HeatPumpAddress) -> ResourceID? {
    state.withLock { state in
      state.missing.remove(address.id)
      let former = state.owners[address.id]
      guard former != address.user else { return nil }
      state.setOwner(address.user, of: address.id)
      return former
    }
  }

  /// Forgets a heat pump that the upstream does not show any more below that owner, unless it is
  /// configured, or known below another owner by now.
  ///
  /// - Returns: whether that is news: it was known, or it is configured and was not known to be
  ///   missing. Of the latter it says nothing about whether it was ever there.
  @discardableResult
  public func forget(_ address: HeatPumpAddress) -> Bool {
    state.withLock { state in
      guard state.owners[address.id] == address.user else { return false }
      if state.aliasOfID[address.id] != nil { return state.missing.insert(address.id).inserted }
      state.setOwner(nil, of: address.id)
      return true
    }
  }
}
