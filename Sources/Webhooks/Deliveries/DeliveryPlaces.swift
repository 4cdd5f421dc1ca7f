internal import GatewayCore

/// Who may be delivered to at the moment: a limited number of places, shared so that a receiver
/// that hangs keeps nobody else waiting.
///
/// - A subscription has few places at a time.
/// - One that fails has a single one, and all those together at most half: however many receivers
///   hang, the others go on.
/// - One whose receiver asked to be left alone has none until then.
struct DeliveryPlaces: Sendable, Equatable {
  /// How many attempts run at the same time.
  let limit: Int
  /// How many of one subscription.
  let perSubscription: Int
  private var running: [ResourceID: Int] = [:]
  private var failing: Set<ResourceID> = []
  private var quiet: [ResourceID: Timestamp] = [:]
  private var total = 0

  init(limit: Int, perSubscription: Int) {
    self.limit = max(1, limit)
    self.perSubscription = max(1, perSubscription)
  }

  /// How many more may run.
  var free: Int { max(0, limit - total) }

  /// Whether nothing runs.
  var isEmpty: Bool { total == 0 }

  /// How many of one subscription may be taken at once: with what runs, never more than allowed.
  var batch: Int { max(1, perSubscription / 2) }

  /// Begins an attempt.
  mutating func begin(_ subscription: ResourceID, isFailing: Bool) {
    running[subscription, default: 0] += 1
    total += 1
    if isFailing { failing.insert(subscription) }
  }

  /// Ends an attempt.
  ///
  /// - Parameters:
  ///   - fails: whether the receiver did not take it; `nil` if that was not found out.
  ///   - quietUntil: until when it wants to be left alone.
  mutating func end(_ subscription: ResourceID, fails: Bool?, quietUntil: Timestamp? = nil) {
    let rest = (running[subscription] ?? 1) - 1
    running[subscription] = rest > 0 ? rest : nil
    total -= 1
    switch fails {
    case true?: failing.insert(subscription)
    case false?: failing.remove(subscription)
    case nil: break
    }
    if let quietUntil { quiet[subscription] = max(quiet[subscription] ?? quietUntil, quietUntil) }
  }

  /// Forgets what is known of a subscription: it was changed, or replayed by its owner.
  mutating func reset(_ subscription: ResourceID) {
    failing.remove(subscription)
    quiet[subscription] = nil
  }

  /// How many more may run of subscriptions that fail, all of those together.
  var freeForFailing: Int { max(0, failingLimit - failingPlaces) }

  private var failingLimit: Int { max(1, limit / 2) }

  private var failingPlaces: Int { failing.reduce(0) { $0 + (running[$1] ?? 0) } }

  /// The subscriptions that get no place now.
  mutating func excluded(at now: Timestamp) -> Set<ResourceID> {
    quiet = quiet.filter { $0.value > now }
    var excluded = Set(running.filter { $0.value + batch > perSubscription }.keys)
    excluded.formUnion(quiet.keys)
    excluded.formUnion(
      freeForFailing == 0 ? failing : failing.filter { running[$0] != nil })
    return excluded
  }

  /// When the next of those that asked to be left alone may be tried.
  var quietEnd: Timestamp? { quiet.values.min() }
}
