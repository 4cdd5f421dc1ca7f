internal import GatewayCore
public import HeatPumps
public import ResponseCache
internal import Storage

/// How updates go upstream.
public enum WriteMode: String, Sendable, CaseIterable {
  /// Just the named fields, as the upstream's guide says.
  case sparse
  /// All fields, read in the same slot and overlaid with the named ones: for an upstream that fills
  /// in its schema's defaults for absent fields.
  case merge
}

/// What to do about fields that the upstream has reset to its defaults.
public enum ResetReaction: String, Sendable, CaseIterable {
  /// Put them back at once, and write in `merge` mode from then on.
  case restore
  /// Only say so.
  case report
}

/// How long what is stored is kept.
public struct RetentionSettings: Sendable {
  /// Operations that have ended.
  public var operations: Duration
  /// Events of hooks, and the memory of their ids; at least ``NewHookEvent/keyLifetime``.
  public var hookEvents: Duration
  /// The most that the bodies of events may take together, in bytes.
  public var hookEventBytes: Int
  /// Events out. One that waits for its delivery stays twice as long.
  public var events: Duration
  /// The most that their bodies may take together, in bytes, for each organisation.
  public var eventBytes: Int
  /// Deliveries of events out that have ended.
  public var deliveries: Duration

  /// Creates settings.
  public init(
    operations: Duration = .seconds(30 * 86400), hookEvents: Duration = .seconds(30 * 86400),
    hookEventBytes: Int = 256 << 20, events: Duration = .seconds(7 * 86400),
    eventBytes: Int = 1 << 30, deliveries: Duration = .seconds(7 * 86400)
  ) {
    self.operations = operations
    self.hookEvents = hookEvents
    self.hookEventBytes = hookEventBytes
    self.events = events
    self.eventBytes = eventBytes
    self.deliveries = deliveries
  }
}

/// What the service needs to know about one organisation.
public struct OrganisationSettings: Sendable {
  /// The configured name.
  public var name: String
  /// The place in the configuration; part of cache keys.
  public var index: Int
  /// How long answers are good for.
  public var cache: CachePolicy
  /// How updates go upstream at first.
  public var writeMode: WriteMode
  /// What to do about resets.
  public var onReset: ResetReaction
  /// How long one call upstream may take in all.
  public var callTimeout: Duration
  /// How long a written value may stay unverified.
  public var verificationWindow: Duration
  /// How long what is stored is kept.
  public var retention: RetentionSettings
  /// How often all users and heat pumps are listed; `nil` if they are not.
  public var discoveryInterval: Duration?
  /// How often the lists of users are polled whose heat pumps somebody listens to.
  public var polling: PollSettings
  /// How many such lists are read at the same time at most.
  public var pollsAtOnce: Int

  /// Creates settings.
  public init(
    name: String, index: Int, cache: CachePolicy = CachePolicy(), writeMode: WriteMode = .sparse,
    onReset: ResetReaction = .restore, callTimeout: Duration = .seconds(15),
    verificationWindow: Duration = .seconds(2700),
    retention: RetentionSettings = RetentionSettings(), discoveryInterval: Duration? = nil,
    polling: PollSettings = PollSettings(), pollsAtOnce: Int = 16
  ) {
    self.name = name
    self.index = index
    self.cache = cache
    self.writeMode = writeMode
    self.onReset = onReset
    self.callTimeout = callTimeout
    self.verificationWindow = verificationWindow
    self.retention = retention
    self.discoveryInterval = discoveryInterval
    self.polling = polling
    self.pollsAtOnce = pollsAtOnce
  }
}

extension RetentionSettings {
  /// What the event log keeps at `now`.
  func events(at now: Timestamp) -> EventRetention {
    EventRetention(
      before: now - events, bytes: eventBytes, openBefore: now - events * 2,
      deliveriesBefore: now - deliveries)
  }
}
