public import GatewayCore

/// Names a heat pump across organisations.
public struct HeatPumpKey: Hashable, Sendable {
  /// The organisation's place in the configuration.
  public let organisation: Int
  /// The heat pump.
  public let id: ResourceID

  /// Creates a key.
  public init(organisation: Int, id: ResourceID) {
    self.organisation = organisation
    self.id = id
  }

  /// Ids are random already, so one round of mixing spreads them.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(id.low ^ UInt64(truncatingIfNeeded: organisation))
  }
}

/// Names a cached answer other than a single heat pump.
public struct DocumentKey: Hashable, Sendable {
  /// The organisation's place in the configuration.
  public let organisation: Int
  /// The path below the organisation with its query, as it is sent upstream.
  public let path: String

  /// Creates a key.
  public init(organisation: Int, path: String) {
    self.organisation = organisation
    self.path = path
  }
}

/// Which heat pumps a user has.
public struct CachedList: CachedAnswer {
  /// The heat pumps in the upstream's order.
  public let ids: [ResourceID]
  /// When the upstream's answer had come in.
  public let fetchedAt: MonotonicInstant
  /// How refreshing it went so far.
  public let refreshes = RefreshRecord()

  /// Creates an entry.
  public init(ids: [ResourceID], fetchedAt: MonotonicInstant) {
    self.ids = ids
    self.fetchedAt = fetchedAt
  }
}

/// An upstream answer that is passed on as it is.
public struct CachedDocument: CachedAnswer {
  /// The JSON text.
  public let body: [UInt8]
  /// When the upstream's answer had come in.
  public let fetchedAt: MonotonicInstant
  /// How refreshing it went so far.
  public let refreshes = RefreshRecord()

  /// Creates an entry.
  public init(body: [UInt8], fetchedAt: MonotonicInstant) {
    self.body = body
    self.fetchedAt = fetchedAt
  }
}

/// Which call an answer about a heat pump came from.
public enum AnswerKind: Sendable {
  /// The detail call: all there is to know, the actions included.
  case detail
  /// The list or the update call, which don't show the actions.
  case partial
}
