internal import GatewayCore

/// Whose heat pumps are looked at for changes, and since when nobody cares; pure.
struct Listening: Sendable {
  // Somebody wants to hear of them.
  private(set) var wanted: Set<ResourceID> = []
  // Something was written to them lately.
  private(set) var wroteAt: [ResourceID: MonotonicInstant] = [:]
  // Neither of both any more.
  private var leftAt: [ResourceID: MonotonicInstant] = [:]

  /// How long what was told is remembered after the last listener has gone: whoever comes back
  /// within that time hears what has changed meanwhile.
  static let memory = Duration.seconds(3600)

  /// Whether answers about a user's heat pumps are looked at.
  func contains(_ user: ResourceID) -> Bool {
    isPolled(user) || leftAt[user] != nil
  }

  /// Whether a user's list is to be polled.
  func isPolled(_ user: ResourceID) -> Bool {
    wanted.contains(user) || wroteAt[user] != nil
  }

  /// Sets whom somebody wants to hear of.
  ///
  /// - Returns: whom nobody polls any more.
  mutating func setWanted(_ users: Set<ResourceID>, at now: MonotonicInstant) -> [ResourceID] {
    let former = wanted.subtracting(users)
    wanted = users
    for user in users { leftAt[user] = nil }
    return former.filter { leave($0, at: now) }
  }

  /// Something was written to a user's heat pump.
  mutating func wrote(to user: ResourceID, at now: MonotonicInstant) {
    wroteAt[user] = now
    leftAt[user] = nil
  }

  /// All that was written to a user's heat pumps has come to its end.
  ///
  /// - Returns: whether nobody polls the user any more.
  mutating func cool(_ user: ResourceID, at now: MonotonicInstant) -> Bool {
    wroteAt[user] = nil
    return leave(user, at: now)
  }

  /// Somebody listened to these users before the start, and nobody does now: what was told is
  /// remembered no longer than of others.
  mutating func adopt(_ users: Set<ResourceID>, at now: MonotonicInstant) {
    for user in users where !contains(user) { leftAt[user] = now }
  }

  /// Forgets those whom nobody has cared for in a long time, and returns them.
  mutating func lapse(at now: MonotonicInstant) -> [ResourceID] {
    let lapsed = leftAt.filter { now - $0.value >= Self.memory }.map(\.key)
    for user in lapsed { leftAt[user] = nil }
    return lapsed
  }

  private mutating func leave(_ user: ResourceID, at now: MonotonicInstant) -> Bool {
    guard !isPolled(user) else { return false }
    leftAt[user] = now
    return true
  }
}
