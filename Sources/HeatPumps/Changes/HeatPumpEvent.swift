public import GatewayCore

/// The heat pump that an event is about.
public struct EventHeatPump: Sendable, Equatable {
  /// Its owner.
  public var userID: ResourceID
  /// Its id.
  public var id: ResourceID
  /// Its configured name, if any.
  public var alias: String?
  /// The simplified resource with all personal data, as compact JSON; `nil` if there is none, as
  /// when it is gone.
  public var representation: [UInt8]?

  /// Creates the reference.
  public init(
    userID: ResourceID, id: ResourceID, alias: String?, representation: [UInt8]? = nil
  ) {
    self.userID = userID
    self.id = id
    self.alias = alias
    self.representation = representation
  }

  /// Creates the reference with what `document` shows.
  ///
  /// - Parameter context: as for a reader who may see personal data; what it says about that, and
  ///   about groups, does not count.
  public init(_ document: HeatPumpDocument, _ context: RepresentationContext) {
    var whole = context
    whole.includesPersonalData = true
    whole.groups = nil
    self.init(
      userID: context.userID, id: document.id, alias: context.alias,
      representation: document.representation(whole))
  }
}

/// The subscription that an event is about.
public struct EventSubscription: Sendable, Equatable {
  /// Its id.
  public var id: ResourceID
  /// The app that owns it: the only one that is told. The name stays with the stored event.
  public var app: String

  /// Creates the reference.
  public init(id: ResourceID, app: String) {
    self.id = id
    self.app = app
  }
}

/// The fleet job that an event is about.
public struct EventJob: Sendable, Equatable {
  /// Its id.
  public var id: ResourceID
  /// The app that owns it: the only one that is told. The name stays with the stored event.
  public var app: String
  /// The job as its app sees it.
  public var representation: JSONValue

  /// Creates the reference.
  public init(id: ResourceID, app: String, representation: JSONValue) {
    self.id = id
    self.app = app
    self.representation = representation
  }
}

/// Something that happened, as subscribers, the feed and the stream get it.
public struct HeatPumpEvent: Sendable, Equatable {
  /// Its id, the same in every delivery.
  public var id: ResourceID
  /// Its place in the organisation's feed, from 1; 0 until the storage has given it one.
  public var sequence: Int
  /// What it tells.
  public var type: HeatPumpEventType
  /// When it was noticed.
  public var timestamp: Timestamp
  /// The organisation's configured name.
  public var organisation: String
  /// What it is about; `nil` for the gateway as a whole.
  public var heatPump: EventHeatPump?
  /// Where it came from; `nil` where that is no question.
  public var cause: ChangeCause?
  /// What changed.
  public var changes: [FieldChange]
  /// The write that it is about, for the two types about writes.
  public var operationID: ResourceID?
  /// The subscription that it is about, for the types about subscriptions.
  public var subscription: EventSubscription?
  /// The fleet job that it is about, for the types about jobs.
  public var job: EventJob?
  /// The trace context of the request that brought it about (W3C Trace Context); `nil` if none did,
  /// if it had none, or if there were several.
  public var traceparent: String?

  /// Creates an event.
  public init(
    id: ResourceID, sequence: Int = 0, type: HeatPumpEventType, timestamp: Timestamp,
    organisation: String, heatPump: EventHeatPump? = nil, cause: ChangeCause? = nil,
    changes: [FieldChange] = [], operationID: ResourceID? = nil,
    subscription: EventSubscription? = nil, job: EventJob? = nil, traceparent: String? = nil
  ) {
    self.id = id
    self.sequence = sequence
    self.type = type
    self.timestamp = timestamp
    self.organisation = organisation
    self.heatPump = heatPump
    self.cause = cause
    self.changes = changes
    self.operationID = operationID
    self.subscription = subscription
    self.job = job
    self.traceparent = traceparent
  }

  /// The only app that is told; `nil` for all that may see what it is about.
  public var owner: String? { subscription?.app ?? job?.app }

  /// Creates the event of a detected change.
  public init(
    _ detected: DetectedChange, id: ResourceID, timestamp: Timestamp, organisation: String,
    heatPump: EventHeatPump
  ) {
    self.init(
      id: id, type: detected.kind, timestamp: timestamp, organisation: organisation,
      heatPump: heatPump, cause: detected.cause, changes: detected.changes,
      traceparent: detected.traceparent)
  }

  /// Whether nothing is left to tell without `personal-data:read`, so that who lacks it does not
  /// even get to know that there was an event.
  public var isPersonal: Bool {
    !changes.isEmpty && changes.allSatisfy { $0.withoutPersonalData == nil }
  }
}
