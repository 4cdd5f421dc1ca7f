import GatewayCore
import Logging
import Storage

/// The streams of a hub, and how far each is in the log.
///
/// Those that are level with the hub get each new event at once. Those that have come back, and
/// those whose readers do not keep up for a moment, are behind: they read on from the log, page by
/// page and as they have room, until they are level. So what waits for a slow reader waits in the
/// log, not in memory, and an event is neither left out nor sent twice, as a stream changes over at
/// a known number.
struct StreamReaders {
  struct Member {
    let stream: EventStream
    /// All up to here was sent, or is not for it.
    var position: Int64
    /// Since when it has had no room.
    var fullSince: MonotonicInstant?
  }

  /// How often a stream shows that it lives, in seconds.
  static let beatsPerHeartbeat = 15
  /// How long a stream may have no room.
  static let patience = Duration.seconds(30)
  // Less than half of what may wait for a reader.
  private static let largest = 100_000

  private let hub: EventHub
  private let storage: any EventLogStorage
  private let clock: any GatewayClock
  private let logger: Logger
  private var pages: EventPages
  // The number up to which the level streams were told all; none while there are no streams.
  private var head: Int64?
  private var level: [Int: Member] = [:]
  private var behind: [Int: Member] = [:]
  // Of those that are behind: whose turn it is.
  private var turns: [Int] = []
  private var arrivals: [EventStream] = []
  private var mustLook = false
  private var beats = 0
  // After a fault, until the next second.
  private var isStalled = false
  private var wasFailing = false

  init(
    _ hub: EventHub, _ storage: any EventLogStorage, clock: any GatewayClock, logger: Logger
  ) {
    self.hub = hub
    self.storage = storage
    self.clock = clock
    self.logger = logger
    pages = EventPages(storage, hub.organisation, hub.figures)
  }

  /// Whether there is more to do at once.
  var isBusy: Bool {
    !isStalled
      && (!arrivals.isEmpty || !turns.isEmpty || mustLook && !(level.isEmpty && behind.isEmpty))
  }

  /// Takes what has come.
  mutating func take(_ inbox: EventHub.Inbox) {
    arrivals += inbox.arrivals
    for number in inbox.departures { forget(number) }
    for number in inbox.roomy where behind[number]?.fullSince != nil {
      behind[number]?.fullSince = nil
      turns.append(number)
    }
    // Nobody is left: the next one begins with what is the newest then.
    if level.isEmpty, behind.isEmpty { rest() }
    if inbox.isRung || inbox.beats > 0 || head == nil { mustLook = true }
    if inbox.beats > 0 { isStalled = false }
    for _ in 0..<min(inbox.beats, Self.beatsPerHeartbeat) { beat() }
    if inbox.mustCheck { checkAll() }
  }

  /// Does a piece of the work: tells a page of new events, places those who have come, and sends a
  /// page to one of those that are behind.
  mutating func turn() async {
    guard !isStalled else { return }
    guard !level.isEmpty || !behind.isEmpty || !arrivals.isEmpty else { return }
    do throws(StorageFault) {
      try await look()
      try await placeArrivals()
      try await catchUp()
      if wasFailing { logger.notice("streams can be fed again") }
      wasFailing = false
    } catch {
      isStalled = true
      if !wasFailing {
        logger.warning("streams cannot be fed", metadata: ["fault": "\(error)"])
      }
      wasFailing = true
    }
  }

  // MARK: New events

  private mutating func look() async throws(StorageFault) {
    guard mustLook else { return }
    guard let start = head else {
      head = try await storage.newestSequence(of: hub.organisation)
      mustLook = false
      return
    }
    let page = try await pages.page(after: start)
    if let oldest = page.oldest { skip(to: oldest) }
    for event in page.events {
      tell(event)
      head = event.sequence
      // A fan-out to thousands is no reason to keep others waiting.
      await Task.yield()
    }
    mustLook = !page.isLast
  }

  // The log has lost events before the hub came to them.
  private mutating func skip(to oldest: Int64) {
    for member in level.values where member.position < oldest - 1 {
      resync(member.stream, oldest: oldest, newest: oldest - 1)
    }
    head = oldest - 1
  }

  private mutating func tell(_ event: TellableEvent) {
    var sent = 0
    var full: [Int] = []
    for (number, member) in level
    where member.position < event.sequence && member.stream.selection.admits(event.stored.event) {
      guard let message = event.message(for: member.stream.audience) else { continue }
      if hasToWait(message, member.stream) {
        full.append(number)
      } else if member.stream.response.send(message) {
        sent += 1
      }
    }
    hub.figures.sent.add(sent)
    for number in full { fallBehind(number) }
  }

  // One that is larger than the room that is waited for would wait for ever: it is sent in any
  // case, and the stream is cut if it does not fit.
  private func hasToWait(_ message: [UInt8], _ stream: EventStream) -> Bool {
    !stream.response.fits(message) && message.count < Self.largest
  }

  private mutating func fallBehind(_ number: Int) {
    guard var member = level.removeValue(forKey: number) else { return }
    member.position = max(member.position, head ?? 0)
    waitForRoom(member)
  }

  private mutating func waitForRoom(_ member: Member) {
    var member = member
    let number = member.stream.number
    member.fullSince = clock.monotonic
    behind[number] = member
    member.stream.response.onRoom { [hub] in hub.hasRoom(number) }
  }

  // MARK: Streams that come and go

  private mutating func placeArrivals() async throws(StorageFault) {
    guard let head, !mustLook else { return }
    while let stream = arrivals.first {
      let after = stream.after ?? head
      // All that may fail comes first: a stream that is taken out of the row has to get its place.
      var lostBefore: Int64?
      if after > head, try await after > storage.newestSequence(of: hub.organisation) {
        // Nobody was told that number by this log: it was put back to an earlier state.
        lostBefore = try await storage.oldestSequence(of: hub.organisation)
      }
      arrivals.removeAll { $0.number == stream.number }
      stream.response.send(
        StreamMessage.greeting(stream.number, after: lostBefore == nil ? after : head))
      if let lostBefore {
        resync(stream, oldest: lostBefore, newest: head)
      } else if after >= head {
        level[stream.number] = Member(stream: stream, position: after)
      } else {
        behind[stream.number] = Member(stream: stream, position: after)
        turns.append(stream.number)
      }
    }
  }

  private mutating func forget(_ number: Int) {
    level[number] = nil
    behind[number] = nil
    // It may have ended before it got its place.
    arrivals.removeAll { $0.number == number }
  }

  private mutating func resync(_ stream: EventStream, oldest: Int64, newest: Int64) {
    hub.figures.resyncs.add()
    stream.response.send(StreamMessage.resync(oldest: oldest, newest: newest))
    level[stream.number] = Member(stream: stream, position: newest)
  }

  private mutating func rest() {
    head = nil
    mustLook = false
    turns = []
    pages.clear()
  }

  // MARK: Streams that are behind

  private mutating func catchUp() async throws(StorageFault) {
    guard let head, !mustLook else { return }
    while let number = turns.first {
      guard let member = behind[number] else {
        turns.removeFirst()
        continue
      }
      let page = try await pages.page(after: member.position)
      turns.removeFirst()
      if let oldest = page.oldest {
        behind[number] = nil
        resync(member.stream, oldest: oldest, newest: head)
      } else {
        send(page, to: member, head)
      }
      return
    }
  }

  private mutating func send(_ page: EventPages.Page, to member: Member, _ head: Int64) {
    var member = member
    let stream = member.stream
    var sent = 0
    defer { hub.figures.sent.add(sent) }
    for event in page.events {
      if stream.selection.admits(event.stored.event),
        let message = event.message(for: stream.audience)
      {
        if hasToWait(message, stream) { return waitForRoom(member) }
        // If it has ended, that comes with the next inbox.
        if stream.response.send(message) { sent += 1 }
      }
      member.position = event.sequence
    }
    if page.isLast { member.position = max(member.position, head) }
    if member.position >= head {
      behind[stream.number] = nil
      level[stream.number] = member
    } else {
      behind[stream.number] = member
      turns.append(stream.number)
    }
  }

  // MARK: Each second

  private mutating func beat() {
    beats += 1
    for (number, member) in level where isDue(number) {
      guard check(member) else { continue }
      let message = StreamMessage.heartbeat(
        after: head.flatMap { $0 >= member.position ? $0 : nil })
      if member.stream.response.fits(message) { member.stream.response.send(message) }
    }
    let now = clock.monotonic
    for (number, member) in behind {
      if let since = member.fullSince, now - since >= Self.patience {
        member.stream.response.cut()
        behind[number] = nil
      } else if isDue(number) {
        _ = check(member)
      }
    }
    if behind.isEmpty { pages.clear() }
  }

  // A fifteenth of the streams in each second, so that they are not all written to at once.
  private func isDue(_ number: Int) -> Bool { (number - beats) % Self.beatsPerHeartbeat == 0 }

  private mutating func check(_ member: Member) -> Bool {
    guard let refusal = member.stream.refusal() else { return true }
    member.stream.response.finish(StreamMessage.end(refusal))
    level[member.stream.number] = nil
    behind[member.stream.number] = nil
    return false
  }

  private mutating func checkAll() {
    for member in Array(level.values) + Array(behind.values) { _ = check(member) }
    arrivals.removeAll { stream in
      guard let refusal = stream.refusal() else { return false }
      stream.response.finish(StreamMessage.end(refusal))
      return true
    }
  }
}
