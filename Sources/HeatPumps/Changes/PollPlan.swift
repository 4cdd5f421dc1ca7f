public import GatewayCore

/// Which user's list of heat pumps is polled next: a pure schedule, driven by whoever polls.
///
/// Each user has a place of his own in the interval, from the hash of his id and the wall clock, so
/// that polls are spread evenly, after a restart as before. A poll moves by less than half of the
/// interval from its place to come just after a refresh of the device that is expected then. What
/// is late is polled once, and goes on at its place. Some 100 to 150 bytes per user; each call
/// costs O(log n).
public struct PollPlan: Sendable {
  /// How often the lists are polled.
  public private(set) var settings: PollSettings
  /// By how much polling is slowed down because the upstream or its budget asks for it, from 1.
  public var backpressure: Double = 1 { didSet { backpressure = max(1, backpressure) } }

  private var heap = DueHeap()
  private var slots: [ResourceID: Int32] = [:]
  private var unused: [Int32] = []
  // How many users have a write that is not verified.
  private var hot = 0
  private var pace = PollPace()
  // What is added to the monotonic clock's nanoseconds to get those of the wall clock, as it stood
  // at the start: a clock that is set later must not move all polls.
  private let wallOffset: Int64

  /// Creates a plan.
  ///
  /// - Parameters:
  ///   - now: the time on the clock that all calls use.
  ///   - wall: the same moment on the wall clock.
  public init(settings: PollSettings, now: MonotonicInstant, wall: Timestamp) {
    self.settings = settings
    wallOffset = wall.microseconds * 1000 - now.nanoseconds
  }

  /// Goes by other settings from now on. Each user gets a place in the new interval where that
  /// comes before the poll that was planned; so nobody waits for the end of a long interval, and
  /// nobody is polled at once.
  public mutating func adjust(to settings: PollSettings, at now: MonotonicInstant) {
    guard settings != self.settings else { return }
    self.settings = settings
    let period = period
    for slot in slots.values {
      var entry = heap.entries[Int(slot)]
      let place = place(of: entry, from: now.nanoseconds, period)
      guard place < entry.due else { continue }
      entry.due = place
      heap.update(slot, entry)
    }
  }

  /// How many users are polled.
  public var count: Int { slots.count }

  /// Whether a user is polled.
  public func contains(_ user: ResourceID) -> Bool { slots[user] != nil }

  /// Begins to poll a user's list, at his next place in the interval; nothing if it is polled.
  public mutating func add(_ user: ResourceID, at now: MonotonicInstant) {
    guard slots[user] == nil else { return }
    var entry = PollEntry(user: user)
    entry.due = place(of: entry, from: now.nanoseconds, period)
    let slot = unused.popLast() ?? Int32(heap.entries.count)
    slots[user] = slot
    heap.insert(entry, at: slot)
  }

  /// Polls a user's list no more.
  public mutating func remove(_ user: ResourceID) {
    guard let slot = slots.removeValue(forKey: user) else { return }
    if heap.entries[Int(slot)].wroteAt != nil { hot -= 1 }
    heap.remove(slot)
    unused.append(slot)
  }

  /// When ``next(at:)`` will have a user at the earliest; `nil` if nobody is polled.
  public var nextDue: MonotonicInstant? {
    heap.first.map { slot in
      MonotonicInstant(nanoseconds: max(heap.entries[Int(slot)].due, pace.open))
    }
  }

  /// The user whose list is to be polled now; `nil` if none is due, or the pace is used up.
  ///
  /// His next poll is planned at once, so a poll whose outcome is never reported is not lost.
  public mutating func next(at now: MonotonicInstant) -> ResourceID? {
    guard let slot = heap.first, heap.entries[Int(slot)].due <= now.nanoseconds,
      pace.open <= now.nanoseconds
    else { return nil }
    pace.take(at: now.nanoseconds, perSecond: permittedPerSecond)
    var entry = heap.entries[Int(slot)]
    cool(&entry, now.nanoseconds)
    entry.due = planned(entry, after: now.nanoseconds)
    heap.update(slot, entry)
    return entry.user
  }

  /// Notes that something was written to one of a user's heat pumps: his list is polled more often
  /// for a while.
  public mutating func wrote(to user: ResourceID, at now: MonotonicInstant) {
    guard let slot = slots[user] else { return }
    var entry = heap.entries[Int(slot)]
    if entry.wroteAt == nil { hot += 1 }
    entry.wroteAt = now.nanoseconds
    entry.due = min(entry.due, planned(entry, after: now.nanoseconds))
    heap.update(slot, entry)
  }

  /// Notes that all that was written to a user's heat pumps is verified, or given up.
  public mutating func verified(_ user: ResourceID, at now: MonotonicInstant) {
    guard let slot = slots[user], heap.entries[Int(slot)].wroteAt != nil else { return }
    var entry = heap.entries[Int(slot)]
    entry.wroteAt = nil
    hot -= 1
    entry.due = planned(entry, after: now.nanoseconds)
    heap.update(slot, entry)
  }

  /// Notes the newest time at which one of a user's devices was observed, as an answer showed it.
  public mutating func observed(
    _ user: ResourceID, at observed: Timestamp, now: MonotonicInstant
  ) {
    guard let slot = slots[user] else { return }
    var entry = heap.entries[Int(slot)]
    let seconds = observed.microseconds / 1_000_000 - rhythmOrigin
    guard let seconds = Int32(exactly: seconds) else { return }
    entry.rhythm.note(seconds)
    let period = period
    // One that is due soon is left alone: who reads often must not put off the poll for ever.
    if entry.wroteAt == nil, entry.due - now.nanoseconds > period / 4 {
      let place = place(
        of: entry, from: max(entry.due - period / 2, now.nanoseconds), period)
      entry.due = adapted(
        entry, place, notBefore: min(entry.due, now.nanoseconds + period / 2), period)
    }
    heap.update(slot, entry)
  }
}

extension PollPlan {
  /// How long a list waits for its next poll at present: the interval, slowed down.
  public var presentInterval: Duration { .nanoseconds(period) }

  private var period: Int64 {
    let interval = settings.interval.seconds
    let needed = settings.requestsPerMinute.map { Double(count) / interval * 60 / $0 } ?? 1
    return Int64(interval * max(backpressure, needed, 1) * 1e9)
  }

  // A tenth more than evenly spread polls need, or one a second where that is more: enough to catch
  // up, and no burst upon an upstream that has been told how much comes.
  private var permittedPerSecond: Double {
    let quiet = Double(count) / (Double(period) / 1e9)
    let most =
      max(quiet * 1.1, quiet + 1) + Double(hot) / settings.afterWrite.seconds / backpressure
    return min(most, settings.requestsPerMinute.map { $0 / 60 } ?? most)
  }

  // Seconds since 1970 that the rhythms count from.
  private var rhythmOrigin: Int64 { 1_577_836_800 }

  private mutating func cool(_ entry: inout PollEntry, _ now: Int64) {
    guard let wroteAt = entry.wroteAt,
      now - wroteAt >= settings.unverifiedFor.wholeNanoseconds
    else { return }
    entry.wroteAt = nil
    hot -= 1
  }

  private func planned(_ entry: PollEntry, after now: Int64) -> Int64 {
    let period = period
    // Half an interval is the least, so that a late poll goes on at its old place.
    let earliest = now + period / 2
    let place = place(of: entry, from: earliest, period)
    let regular = adapted(entry, place, notBefore: earliest, period)
    guard let wroteAt = entry.wroteAt else { return regular }
    let isFresh = now - wroteAt < settings.afterWriteFor.wholeNanoseconds
    let wait = isFresh ? settings.afterWrite : settings.unverified
    return min(regular, now + Int64(Double(wait.wholeNanoseconds) * backpressure))
  }

  /// The user's first place in the interval at or after a time.
  private func place(of entry: PollEntry, from time: Int64, _ period: Int64) -> Int64 {
    let phase = Int64(stableHash(entry.user).multipliedFullWidth(by: UInt64(period)).high)
    let (whole, rest) = (time + wallOffset - phase).quotientAndRemainder(dividingBy: period)
    return (rest > 0 ? whole + 1 : whole) * period + phase - wallOffset
  }

  private func adapted(
    _ entry: PollEntry, _ place: Int64, notBefore: Int64, _ period: Int64
  ) -> Int64 {
    let origin = rhythmOrigin * 1_000_000_000 - wallOffset
    let margin = settings.refreshMargin.wholeNanoseconds
    // Less than half to either side, so that half an interval after a poll lies its next place.
    let reach = period / 16 * 7
    let earliest = max(place - reach, notBefore)
    let from = Int((earliest - margin - origin) / 1_000_000_000)
    guard let expected = entry.rhythm.expected(from: from) else { return place }
    let poll = Int64(expected) * 1_000_000_000 + origin + margin
    return poll < place + reach ? max(poll, earliest) : place
  }
}
