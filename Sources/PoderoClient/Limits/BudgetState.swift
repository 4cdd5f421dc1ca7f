import GatewayCore

/// The budget's state for people and metrics.
public struct BudgetStatus: Sendable, Equatable {
  /// Requests under way.
  public var inFlight: Int
  /// How many may be under way.
  public var inFlightLimit: Int
  /// Calls that wait, by what they are for.
  public var waiting: [CallPriority: Int]
  /// How long the upstream wants to be left alone; `nil` if it doesn't.
  public var closedFor: Duration?
}

/// Who may send next: a rate, a number under way, and a queue for each priority. Pure.
///
/// The rate is kept as the moment at which a bucket that fills evenly would be full again (the
/// generic cell rate algorithm), in whole nanoseconds, so that nothing is lost to rounding.
///
/// The queues are served strictly in the order of their priorities and each in the order of
/// arrival; but one grant in sixteen goes to whoever waits longest, so that the least important
/// call advances under any load, and the most important one loses a sixteenth at most.
struct BudgetState: Sendable {
  /// What a call is told on entering.
  enum Entry: Sendable, Equatable {
    case granted
    case queued
    case refused(retryAfter: Duration)
  }

  /// Somebody in a queue.
  struct Waiting: Sendable, Equatable {
    let id: UInt64
    let deadline: MonotonicInstant
  }

  /// Every so many grants, the longest waiting is served instead of the most important.
  static let fairShare: UInt64 = 16

  private var interval: Duration
  private var burst: Int64
  private var inFlightLimit: Int
  private let waitingLimit: Int
  private var queues = [[Waiting]](repeating: [], count: CallPriority.allCases.count)
  private var inFlight = 0
  private var full: MonotonicInstant
  private var closedUntil: MonotonicInstant?
  private var grants: UInt64 = 0
  private(set) var waitingCount = 0

  init(settings: UpstreamSettings, now: MonotonicInstant) {
    (interval, burst) = Self.rate(settings)
    inFlightLimit = max(1, settings.inFlight)
    waitingLimit = max(0, settings.waitingLimit)
    full = now
  }

  private static func rate(_ settings: UpstreamSettings) -> (interval: Duration, burst: Int64) {
    let wanted = settings.requestsPerSecond
    // Clamped, as not every number has a reciprocal that fits.
    let rate = wanted.isNaN ? 0.01 : min(max(wanted, 0.01), 1_000_000)
    return (.nanoseconds(Int64(1_000_000_000 / rate)), max(1, Int64(rate)))
  }

  /// Goes by another rate and number from now on. What was used of the bucket stays used, as far as
  /// the new one holds so much.
  mutating func adjust(to settings: UpstreamSettings, at now: MonotonicInstant) {
    inFlightLimit = max(1, settings.inFlight)
    let former = (interval, burst)
    (interval, burst) = Self.rate(settings)
    guard former != (interval, burst) else { return }
    let used = max(0, (full - now).seconds / former.0.seconds)
    full = now + .seconds(min(used, Double(burst)) * interval.seconds)
    if let closedUntil, closedUntil > now {
      full = max(full, closedUntil + interval * Int(burst - 1))
    }
  }

  /// A call wants to be sent.
  ///
  /// - Parameter id: larger than all ids before it.
  /// - Returns: the outcome for the call, and who had to leave a full queue for it.
  mutating func enter(
    id: UInt64, priority: CallPriority, deadline: MonotonicInstant, at now: MonotonicInstant
  ) -> (entry: Entry, evicted: UInt64?) {
    if let closedUntil, closedUntil > now, deadline < closedUntil {
      return (.refused(retryAfter: closedUntil - now), nil)
    }
    if waitingCount == 0, take(at: now) { return (.granted, nil) }
    var evicted: UInt64?
    if waitingCount >= waitingLimit {
      evicted = evict(below: priority)
      guard evicted != nil else { return (.refused(retryAfter: expectedWait(at: now)), nil) }
    }
    queues[priority.rawValue].append(Waiting(id: id, deadline: deadline))
    waitingCount += 1
    return (.queued, evicted)
  }

  /// Whoever waits and may be sent now; counts as sent.
  mutating func next(at now: MonotonicInstant) -> UInt64? {
    guard waitingCount > 0, take(at: now) else { return nil }
    grants += 1
    let isFairTurn = grants.isMultiple(of: Self.fairShare)
    let occupied = queues.indices.filter { !queues[$0].isEmpty }
    let chosen =
      isFairTurn
      ? occupied.min { (queues[$0].first?.id ?? 0) < (queues[$1].first?.id ?? 0) }
      : occupied.first
    guard let chosen else { return nil }
    waitingCount -= 1
    return queues[chosen].removeFirst().id
  }

  /// Somebody has stopped waiting; does nothing if it doesn't wait.
  mutating func leave(_ id: UInt64) {
    for index in queues.indices {
      guard let position = queues[index].firstIndex(where: { $0.id == id }) else { continue }
      queues[index].remove(at: position)
      waitingCount -= 1
      return
    }
  }

  /// A call that was granted has ended.
  mutating func release() {
    inFlight -= 1
  }

  /// A call that was granted was not sent after all.
  mutating func refund() {
    inFlight -= 1
    full = full - interval
  }

  /// The upstream wants to be left alone. Afterwards calls come one by one, not all at once.
  ///
  /// - Returns: those whose deadline comes first; they wait no longer.
  mutating func close(until end: MonotonicInstant) -> [UInt64] {
    guard closedUntil.map({ end > $0 }) ?? true else { return [] }
    closedUntil = end
    full = max(full, end + interval * Int(burst - 1))
    var refused: [UInt64] = []
    for index in queues.indices {
      refused += queues[index].filter { $0.deadline < end }.map(\.id)
      queues[index].removeAll { $0.deadline < end }
    }
    waitingCount -= refused.count
    return refused
  }

  /// When time alone lets the next one go; `nil` if nobody waits, or if one must end first.
  func nextGrant(at now: MonotonicInstant) -> MonotonicInstant? {
    guard waitingCount > 0, inFlight < inFlightLimit else { return nil }
    return max(now, max(earliest, closedUntil ?? now))
  }

  /// Whether the upstream wants to be left alone.
  func isClosed(at now: MonotonicInstant) -> Bool { closedUntil.map { $0 > now } ?? false }

  /// How long the queue takes at the present rate; at least a second, fit for `Retry-After`.
  func expectedWait(at now: MonotonicInstant) -> Duration {
    let closed = closedUntil.map { max(.zero, $0 - now) } ?? .zero
    return max(.seconds(1), closed + interval * waitingCount)
  }

  func status(at now: MonotonicInstant) -> BudgetStatus {
    let waiting = CallPriority.allCases.map { ($0, queues[$0.rawValue].count) }
    return BudgetStatus(
      inFlight: inFlight, inFlightLimit: inFlightLimit,
      waiting: Dictionary(uniqueKeysWithValues: waiting),
      closedFor: closedUntil.flatMap { $0 > now ? $0 - now : nil })
  }

  // From here on the bucket holds at least one request.
  private var earliest: MonotonicInstant { full - interval * Int(burst - 1) }

  private mutating func take(at now: MonotonicInstant) -> Bool {
    guard !isClosed(at: now), inFlight < inFlightLimit, earliest <= now else { return false }
    inFlight += 1
    full = max(full, now) + interval
    return true
  }

  private mutating func evict(below priority: CallPriority) -> UInt64? {
    guard let lowest = queues.indices.last(where: { !queues[$0].isEmpty }),
      lowest > priority.rawValue
    else { return nil }
    waitingCount -= 1
    return queues[lowest].removeLast().id
  }
}
