public import GatewayCore

/// The heat pumps of one organisation that the gateway knows: configured, met before, or
/// discovered.
///
/// The upstream addresses a heat pump below its owner; callers may leave the owner out, and this is
/// where it is looked up.
public final class Directory: Sendable {
  private struct State: Sendable {
    var owners: [ResourceID: ResourceID] = [:]
    var sorted: [HeatPumpAddress]?
  }

  private let aliases: [String: HeatPumpAddress]
  private let aliasOfID: [ResourceID: String]
  private let state: Locked<State>

  /// Creates a directory with the configured heat pumps.
  public init(aliases: [String: HeatPumpAddress]) {
    self.aliases = aliases
    aliasOfID = Dictionary(
      aliases.map { ($1.id, $0) }, uniquingKeysWith: { first, second in min(first, second) })
    state = Locked(
      State(
        owners: Dictionary(
          aliases.values.map { ($0.id, $0.user) }, uniquingKeysWith: { first, _ in first })))
  }

  /// The alias of a heat pump, if it has one.
  public func alias(of id: ResourceID) -> String? { aliasOfID[id] }

  /// The heat pump with that alias or id, if it is known.
  public func resolve(_ reference: String) -> HeatPumpAddress? {
    if let address = aliases[reference] { return address }
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

  /// Remembers a heat pump that the upstream has shown.
  ///
  /// - Returns: its former owner, if it has another one now.
  @discardableResult
  public func learn(_ address: HeatPumpAddress) -> ResourceID? {
    state.withLock { state in
      let former = state.owners[address.id]
      guard former != address.user else { return nil }
      state.owners[address.id] = address.user
      state.sorted = nil
      return former
    }
  }

  /// Forgets a heat pump that the upstream does not show any more below that owner, unless it is
  /// configured, or known below another owner by now.
  ///
  /// - Returns: whether it was known, and is not any more.
  @discardableResult
  public func forget(_ address: HeatPumpAddress) -> Bool {
    guard aliasOfID[address.id] == nil else { return false }
    return state.withLock { state in
      guard state.owners[address.id] == address.user else { return false }
      state.owners[address.id] = nil
      state.sorted = nil
      return true
    }
  }
}
