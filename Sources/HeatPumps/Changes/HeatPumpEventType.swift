/// What an event tells; the raw value is its `type`, which subscriptions name, so none is ever
/// renamed.
public enum HeatPumpEventType: String, Sendable, CaseIterable {
  /// A writable field has another value.
  case settingsChanged = "heat_pump.settings_changed"
  /// A reading, a consumption figure or a mode has moved.
  case stateChanged = "heat_pump.state_changed"
  /// Connection, monitoring, steering or the like has changed.
  case statusChanged = "heat_pump.status_changed"
  /// Somebody must act before the device works normally again.
  case actionNeeded = "heat_pump.action_needed"
  /// Nobody has to act any more.
  case actionResolved = "heat_pump.action_resolved"
  /// A later observation of the device shows what was written.
  case writeVerified = "heat_pump.write_verified"
  /// A write was not carried out, or could not be verified in time.
  case writeFailed = "heat_pump.write_failed"
  /// Discovery met a heat pump that it had not known.
  case added = "heat_pump.added"
  /// A heat pump is gone.
  case removed = "heat_pump.removed"
  /// Calls to the upstream fail.
  case upstreamDegraded = "gateway.upstream_degraded"
  /// Calls to the upstream succeed again.
  case upstreamRecovered = "gateway.upstream_recovered"
  /// A subscription was given up: its receiver said so, or has failed for days. The one whom it
  /// concerns cannot learn it from a delivery, so that it must stand in the feed.
  case subscriptionDisabled = "gateway.subscription_disabled"
  /// A fleet job has come further.
  case jobProgress = "job.progress"
  /// A fleet job has ended.
  case jobEnded = "job.ended"
  /// Sent when a subscription is tried out; it is never stored.
  case subscriptionTest = "gateway.subscription_test"

  /// Those that a subscription may name: what is stored.
  public static let subscribable = allCases.filter { $0 != .subscriptionTest }

  private static let aboutGateway: Set<HeatPumpEventType> = [
    .upstreamDegraded, .upstreamRecovered, .subscriptionDisabled, .subscriptionTest, .jobProgress,
    .jobEnded,
  ]

  /// Whether it is about one heat pump, and not about the gateway as a whole.
  public var isAboutHeatPump: Bool { !Self.aboutGateway.contains(self) }
}

/// Where a change came from.
public enum ChangeCause: String, Sendable, CaseIterable {
  /// A write of an internal app's.
  case app
  /// A home-automation event.
  case hook
  /// A fleet job.
  case job
  /// None of the gateway's writes: the user, the device, the upstream.
  case outside
}
