public import GatewayCore

/// Something that happened and that others may want to hear of, about to be stored.
public struct NewEvent: Sendable, Equatable {
  /// Its id, ordered in time.
  public var id: ResourceID
  /// The organisation's configured name.
  public var organisation: String
  /// What it is about; `nil` for what concerns the whole organisation, as `gateway.*` does. Its
  /// organisation is the event's.
  public var heatPump: HeatPumpReference?
  /// What happened, such as `heat_pump.state_changed`.
  public var type: String
  /// When it was noticed. Deliveries of it are due from then on.
  public var at: Timestamp
  /// Whether the body tells something about a person.
  public var isPersonal: Bool
  /// What is sent; the storage does not look into it.
  public var body: [UInt8]

  /// Creates an event.
  public init(
    id: ResourceID, organisation: String, heatPump: HeatPumpReference?, type: String,
    at: Timestamp, isPersonal: Bool, body: [UInt8]
  ) {
    self.id = id
    self.organisation = organisation
    self.heatPump = heatPump
    self.type = type
    self.at = at
    self.isPersonal = isPersonal
    self.body = body
  }
}

/// An event in its place in the log.
public struct StoredEvent: Sendable, Equatable {
  /// Its place: later events have larger numbers, over all organisations. No number comes twice.
  public var sequence: Int64
  /// What happened.
  public var event: NewEvent

  /// Creates a record.
  public init(sequence: Int64, event: NewEvent) {
    self.sequence = sequence
    self.event = event
  }
}

/// What is known of a heat pump, for the next comparison with what is seen.
public struct DetectorState: Sendable, Equatable {
  /// The heat pump.
  public var heatPump: HeatPumpReference
  /// What the detector remembers; the storage does not look into it.
  public var state: [UInt8]
  /// How many times it was replaced, from 1.
  public var version: Int64

  /// Creates a record.
  public init(heatPump: HeatPumpReference, state: [UInt8], version: Int64) {
    self.heatPump = heatPump
    self.state = state
    self.version = version
  }
}

/// A new state of a heat pump's detector.
public struct DetectorChange: Sendable, Equatable {
  /// The heat pump.
  public var heatPump: HeatPumpReference
  /// The new state; `nil` forgets it, as when the heat pump is gone.
  public var state: [UInt8]?
  /// The version that this was compared with, zero for none; another one means that somebody else
  /// has seen the same change, and nothing is stored. `nil` replaces whatever is there.
  public var replaces: Int64?

  /// Creates a change.
  public init(heatPump: HeatPumpReference, state: [UInt8]?, replaces: Int64? = nil) {
    self.heatPump = heatPump
    self.state = state
    self.replaces = replaces
  }
}

/// Events with the detector states that they follow from: stored together or not at all, so that no
/// change is told twice or never after a crash.
public struct EventBatch: Sendable, Equatable {
  /// The events, in their order. There may be none.
  public var events: [NewEvent]
  /// The detectors' new states; of one heat pump once.
  public var detectors: [DetectorChange]

  /// Creates a batch.
  public init(events: [NewEvent], detectors: [DetectorChange] = []) {
    self.events = events
    self.detectors = detectors
  }
}

/// Which events somebody wants.
public struct EventSelection: Sendable, Hashable {
  /// Only those of one of these types; `nil` for all.
  public var types: [String]?
  /// Only those about one of these heat pumps; `nil` for all. What is about no heat pump concerns
  /// all of them, and is wanted too.
  public var heatPumps: [ResourceID]?

  /// Whatever happens.
  public static let everything = EventSelection(types: nil, heatPumps: nil)

  /// Creates a selection.
  public init(types: [String]?, heatPumps: [ResourceID]?) {
    self.types = types
    self.heatPumps = heatPumps
  }

  /// Whether an event is wanted. Every storage decides by this, for the feed and for subscriptions.
  public func admits(_ event: NewEvent) -> Bool {
    if let types, !types.contains(event.type) { return false }
    guard let heatPumps, let heatPump = event.heatPump else { return true }
    return heatPumps.contains(heatPump.id)
  }
}

/// A selection made ready for many events: it may name thousands of heat pumps.
public struct PreparedSelection: Sendable {
  private let types: Set<String>?
  private let heatPumps: Set<ResourceID>?

  /// Prepares a selection.
  public init(_ selection: EventSelection) {
    types = selection.types.map(Set.init)
    heatPumps = selection.heatPumps.map(Set.init)
  }

  /// The same as ``EventSelection/admits(_:)``, in constant time.
  public func admits(_ event: NewEvent) -> Bool {
    if let types, !types.contains(event.type) { return false }
    guard let heatPumps, let heatPump = event.heatPump else { return true }
    return heatPumps.contains(heatPump.id)
  }
}

/// For how long events and deliveries are kept.
public struct EventRetention: Sendable, Equatable {
  /// Events from before this go.
  public var before: Timestamp
  /// How many events of each organisation stay at most.
  public var events: Int
  /// How many bytes the bodies that stay may have together, for each organisation.
  public var bytes: Int
  /// An event that goes by the rules above, but has still to be delivered, stays unless it is from
  /// before this: it has waited for a receiver that does not come back.
  public var openBefore: Timestamp
  /// Deliveries that have ended before this go, and their events stay.
  public var deliveriesBefore: Timestamp

  /// Creates a retention.
  public init(
    before: Timestamp, events: Int = .max, bytes: Int = .max, openBefore: Timestamp,
    deliveriesBefore: Timestamp
  ) {
    self.before = before
    self.events = events
    self.bytes = bytes
    self.openBefore = openBefore
    self.deliveriesBefore = deliveriesBefore
  }
}

/// How much was forgotten.
public struct EventPruning: Sendable, Equatable {
  /// Events.
  public var events: Int
  /// Deliveries, with their events or without.
  public var deliveries: Int

  /// Creates a count.
  public init(events: Int = 0, deliveries: Int = 0) {
    self.events = events
    self.deliveries = deliveries
  }

  /// Counts what else went.
  package mutating func add(_ other: EventPruning) {
    events += other.events
    deliveries += other.deliveries
  }
}
