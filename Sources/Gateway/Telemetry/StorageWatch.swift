import GatewayCore
import Logging
import Storage

/// Knows whether the storage takes writes: from the writes themselves, and by trying where there
/// are none or the last one failed. What costs a look into it is measured now and then.
final class StorageWatch: Sendable {
  /// What is known.
  struct View: Sendable {
    /// Why nothing can be written at present; `nil` if it can.
    var fault: StorageFault?
    /// What the writer has done; `nil` for a storage that counts nothing.
    var statistics: StorageStatistics?
    /// What lay in it at the last look; `nil` before the first.
    var measures: StorageMeasures?

    /// `ok`, or `unavailable` while writes are refused.
    var state: String { fault == nil ? "ok" : "unavailable" }
  }

  private struct State: Sendable {
    var fault: StorageFault?
    var measures: StorageMeasures?
    var commits = 0
    var triedAt: MonotonicInstant?
    var wasFailing = false
  }

  private let storage: any Storage
  private let measured: (any MeasuredStorage)?
  private let clock: any GatewayClock
  private let logger: Logger
  private let state = Locked(State())

  // Between two looks; sooner while it fails, so that its return is noticed.
  private static let interval = Duration.seconds(10)
  private static let shortInterval = Duration.seconds(2)
  // An idle gateway writes a row as often as this, so that trouble is known before somebody writes.
  private static let idleTime = Duration.seconds(30)

  init(_ storage: any Storage, clock: any GatewayClock, logger: Logger) {
    self.storage = storage
    measured = storage as? any MeasuredStorage
    self.clock = clock
    self.logger = logger
  }

  /// What is known now; asks nobody.
  var view: View {
    let (fault, measures) = state.withLock { ($0.fault, $0.measures) }
    guard let statistics = measured?.statistics else { return View(fault: fault) }
    return View(fault: statistics.presentFault, statistics: statistics, measures: measures)
  }

  /// Looks again and again. Ends when the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      await look()
      let pause = view.fault == nil ? Self.interval : Self.shortInterval
      do {
        try await clock.sleep(for: pause)
      } catch {
        return
      }
    }
  }

  private func look() async {
    if isToBeTried { await attempt() }
    if let measures = try? await measured?.measures() {
      state.withLock { $0.measures = measures }
    }
    tell(view.fault)
  }

  private var isToBeTried: Bool {
    let (now, view) = (clock.monotonic, view)
    let commits = view.statistics?.commits
    return state.withLock { state in
      let isIdle = commits == nil || commits == state.commits
      state.commits = commits ?? 0
      if !isIdle { state.triedAt = now }
      let isOverdue = state.triedAt.map { now - $0 >= Self.idleTime } ?? true
      guard view.fault != nil || isOverdue else { return false }
      state.triedAt = now
      return true
    }
  }

  private func attempt() async {
    var fault: StorageFault?
    do {
      try await storage.check()
    } catch {
      fault = error
    }
    let commits = measured?.statistics.commits ?? 0
    state.withLock { [fault] state in
      state.fault = fault
      state.commits = commits
    }
  }

  private func tell(_ fault: StorageFault?) {
    let hasChanged = state.withLock { state in
      defer { state.wasFailing = fault != nil }
      return state.wasFailing != (fault != nil)
    }
    guard hasChanged else { return }
    if let fault {
      logger.error("the storage takes no writes", metadata: ["fault": "\(fault)"])
    } else {
      logger.notice("the storage takes writes again")
    }
  }
}
