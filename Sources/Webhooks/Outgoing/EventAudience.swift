public import GatewayCore
public import HeatPumps
public import Storage

/// What somebody may get to know of events, as the configuration says it now.
///
/// It is asked when an event is handed over, not when the event was stored or the subscription
/// made: who has lost the right to a heat pump hears no more of it, not even of what happened
/// before.
public struct EventAudience: Sendable {
  private let app: String?
  private let maySee: @Sendable (_ user: ResourceID, _ heatPump: ResourceID) -> Bool
  /// Whether personal data is shown.
  public let seesPersonalData: Bool

  /// Creates an audience.
  ///
  /// - Parameters:
  ///   - app: whose audience it is: it alone is told of its subscriptions.
  ///   - maySee: whether that heat pump of that user may be seen.
  public init(
    app: String? = nil, seesPersonalData: Bool,
    maySee: @escaping @Sendable (_ user: ResourceID, _ heatPump: ResourceID) -> Bool
  ) {
    self.app = app
    self.seesPersonalData = seesPersonalData
    self.maySee = maySee
  }

  /// Whether there is something to tell: the heat pump may be seen, and not all that happened to it
  /// is personal. What is about the gateway as a whole, everybody may know; what is about a
  /// subscription or a job, its owner.
  public func admits(_ event: HeatPumpEvent) -> Bool {
    if let owner = event.owner, owner != app { return false }
    if event.isPersonal, !seesPersonalData { return false }
    guard let heatPump = event.heatPump else { return true }
    return maySee(heatPump.userID, heatPump.id)
  }

  /// The same, decided by what the log says beside the body, so that an event which nobody gets to
  /// see need not be read.
  public func admits(_ event: NewEvent) -> Bool {
    if event.isPersonal, !seesPersonalData { return false }
    guard let heatPump = event.heatPump else { return true }
    return maySee(heatPump.user, heatPump.id)
  }

  /// The same for an event that is stored. Its body is read only where the log does not say all
  /// that counts: what is about no heat pump may be about somebody's subscription. If it cannot be
  /// read, it is nobody's.
  public func admits(_ stored: StoredEvent) -> Bool {
    guard admits(stored.event) else { return false }
    if stored.event.heatPump != nil { return true }
    let event = try? HeatPumpEvent(stored: stored.event.body, sequence: Int(stored.sequence))
    return event.map { admits($0) } ?? false
  }

  /// The body of a delivery, of the feed and of the stream; `nil` if the event is not for them.
  public func body(of event: HeatPumpEvent) -> [UInt8]? {
    guard admits(event) else { return nil }
    return event.body(includesPersonalData: seesPersonalData)
  }

  /// The same in the form of CloudEvents; `nil` if the event is not for them.
  ///
  /// - Parameter source: which gateway tells it, a URI reference that is not empty.
  public func cloudEvent(of event: HeatPumpEvent, source: String) -> [UInt8]? {
    guard admits(event) else { return nil }
    return event.cloudEvent(source: source, includesPersonalData: seesPersonalData)
  }
}
