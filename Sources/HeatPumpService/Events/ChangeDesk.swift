internal import GatewayCore
internal import HeatPumps
internal import Logging
internal import Storage

/// Where the answers of the upstream's are looked at for changes, and the events about them are
/// stored; off every caller's way.
///
/// Whoever brings an answer just puts it down. One task (``run()``) compares it with what listeners
/// were last told, and stores events and what they tell in one step, so that a crash neither loses
/// a change nor tells it twice.
final class ChangeDesk: Sendable {
  private struct State: Sendable {
    var queue = ObservationQueue()
    var resting: Set<ResourceID> = []
    var isBusy = false
    var figures = EventFigures()
    var bell: Waiter<Void>?
  }

  private let work: ChangeWork.Surroundings
  private let state = Locked(State())

  // What goes into one transaction at most, in heat pumps.
  private static let batch = 200
  private static let storageBackoff = Backoff(first: .seconds(1), most: .seconds(30))

  init(_ work: ChangeWork.Surroundings) {
    self.work = work
  }

  /// Counts since the start.
  var figures: EventFigures {
    state.withLock { state in
      var figures = state.figures
      figures.waiting = state.queue.count
      figures.dropped = state.queue.dropped
      return figures
    }
  }

  /// Whether everything is done.
  var isIdle: Bool {
    state.withLock { $0.queue.count == 0 && $0.resting.isEmpty && !$0.isBusy }
  }

  /// Puts something down to be done.
  func add(_ task: DeskTask, of address: HeatPumpAddress) {
    change { $0.queue.append(task, of: address) }
  }

  /// Nobody listens to these users' heat pumps any more: what was told is forgotten, so that who
  /// listens again some day begins with what is the case then.
  func rest(_ users: [ResourceID]) {
    guard !users.isEmpty else { return }
    change { $0.resting.formUnion(users) }
  }

  private func change(_ body: (inout State) -> Void) {
    let bell = state.withLock { state in
      body(&state)
      defer { state.bell = nil }
      return state.bell
    }
    bell?.resume(())
  }

  /// Counts events that were stored elsewhere.
  func count(_ types: some Sequence<String>) {
    state.withLock { state in
      for type in types { state.figures.events[type, default: 0] += 1 }
    }
  }

  /// Does what is put down. Ends when the task is cancelled, after a last try with all of it.
  func run() async {
    var work = ChangeWork(work)
    while !Task.isCancelled {
      await drain(&work)
      _ = try? await hangBell()?.value(until: .distantFuture, clock: self.work.clock)
    }
    await drain(&work)
  }

  // Unless something has been put down just now.
  private func hangBell() -> Waiter<Void>? {
    state.withLock { state in
      guard state.queue.count == 0, state.resting.isEmpty else { return nil }
      let bell = Waiter<Void>()
      state.bell = bell
      return bell
    }
  }

  private func drain(_ work: inout ChangeWork) async {
    var failures = 0
    while let (entries, resting) = take() {
      do throws(StorageFault) {
        let events = try await work.carryOut(entries, resting: resting)
        count(events.map(\.type))
        if failures > 0 { self.work.logger.notice("changes can be stored again") }
        failures = 0
      } catch {
        putBack(entries, resting)
        failures += 1
        if failures == 1 {
          self.work.logger.warning(
            "changes cannot be stored; they wait", metadata: ["fault": "\(error)"])
        }
        if Task.isCancelled { break }
        let pause = Self.storageBackoff.limit(after: failures)
        try? await self.work.clock.sleep(for: pause)
      }
    }
    state.withLock { $0.isBusy = false }
  }

  private func take() -> (entries: [ObservationQueue.Entry], resting: Set<ResourceID>)? {
    state.withLock { state in
      guard state.queue.count > 0 || !state.resting.isEmpty else { return nil }
      state.isBusy = true
      let entries = state.queue.take(Self.batch)
      state.figures.observations += entries.count
      defer { state.resting = [] }
      return (entries, state.resting)
    }
  }

  private func putBack(_ entries: [ObservationQueue.Entry], _ resting: Set<ResourceID>) {
    state.withLock { state in
      state.queue.putBack(entries)
      state.resting.formUnion(resting)
      state.figures.observations -= entries.count
    }
  }
}

/// Counts of an organisation's events out since the start.
public struct EventFigures: Sendable, Equatable {
  /// Heat pumps whose answers were looked at for changes, each time counted.
  public var observations = 0
  /// Events stored, by type.
  public var events: [String: Int] = [:]
  /// Heat pumps with answers that wait to be looked at.
  public var waiting = 0
  /// Answers that found no room to wait; what they would have shown, the next answer shows.
  public var dropped = 0
}
