internal import CLinux
public import GatewayCore
import Glibc

/// One thread that waits for everything at once: sockets, timers, finished work.
///
/// It is a task executor too: a task that prefers it runs, between its suspensions, on this thread,
/// so that a request can be served from its first byte to its last without a change of thread, and
/// still be written as plain `async` code.
///
/// Everything marked *confined* may be called on the reactor's own thread only, and traps
/// elsewhere.
@safe public final class Reactor: TaskExecutor, @unchecked Sendable {
  // Sendable is safe: `mailbox` and `state` are locked, `wakeUp` and `poll` never change, and all
  // that is confined is guarded by `assertCurrent`.
  private struct Mailbox: Sendable {
    var jobs: [UnownedJob] = []
    var work: [@Sendable () -> Void] = []
    var isStopping = false
    var isSignalled = false
  }

  private let mailbox = Locked(Mailbox())
  private let poll: Int32
  private let wakeUp: Int32

  /// The clock that timers and ``now`` go by.
  public let clock: any GatewayClock

  // Confined.
  private var thread: pthread_t?
  private var watchers: [Int32: Watcher] = [:]
  private var timers = TimerHeap()
  private var turnHooks: [() -> MonotonicInstant?] = []
  private var localJobs: [UnownedJob] = []
  // Those that run now; both keep their memory.
  private var runningJobs: [UnownedJob] = []
  private var cachedNow: MonotonicInstant

  /// Creates a reactor; it does nothing until ``run()`` or ``start(name:)``.
  ///
  /// - Throws: ``ReactorFault`` if the kernel grants no descriptor.
  public init(clock: any GatewayClock = SystemClock()) throws(ReactorFault) {
    self.clock = clock
    cachedNow = clock.monotonic
    poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard poll >= 0 else { throw ReactorFault(call: "epoll_create1", code: errno) }
    wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard wakeUp >= 0 else {
      let code = errno
      close(poll)
      throw ReactorFault(call: "eventfd", code: code)
    }
    guard gw_epoll_control(poll, EPOLL_CTL_ADD, wakeUp, EPOLLIN.rawValue) == 0 else {
      throw ReactorFault(call: "epoll_ctl", code: errno)
    }
  }

  deinit {
    close(wakeUp)
    close(poll)
  }

  // MARK: From any thread

  /// The reactor whose thread this is, if any.
  public static var current: Reactor? {
    guard let pointer = unsafe pthread_getspecific(currentKey) else { return nil }
    return unsafe Unmanaged<Reactor>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Whether the calling thread is the reactor's own.
  public var isCurrent: Bool {
    unsafe pthread_getspecific(currentKey) == Unmanaged.passUnretained(self).toOpaque()
  }

  /// Runs `work` on the reactor's thread, soon. Work from one thread keeps its order.
  public func submit(_ work: @escaping @Sendable () -> Void) {
    post { $0.work.append(work) }
  }

  /// Takes a task's next piece; for the concurrency library.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      localJobs.append(job)
    } else {
      post { $0.jobs.append(job) }
    }
  }

  /// Ends ``run()`` once the work at hand is done. Work that comes later is still run, should
  /// ``run()`` be called again.
  public func stop() {
    post { $0.isStopping = true }
  }

  private func post(_ change: (inout Mailbox) -> Void) {
    let mustSignal = mailbox.withLock { mailbox in
      change(&mailbox)
      defer { mailbox.isSignalled = true }
      return !mailbox.isSignalled
    }
    guard mustSignal else { return }
    let code = eventfd_write(wakeUp, 1)
    precondition(code == 0 || errno == EAGAIN, "eventfd_write failed with \(errno)")
  }

  // MARK: Running

  /// Starts a thread that calls ``run()``.
  ///
  /// - Returns: the thread, to be joined after ``stop()``.
  /// - Throws: ``ReactorFault`` if there is no thread to be had.
  public func start(name: String) throws(ReactorFault) -> ReactorThread {
    try ReactorThread(name: name) { [self] in run() }
  }

  /// Serves events on the calling thread until ``stop()``.
  public func run() {
    precondition(thread == nil, "the reactor runs already")
    thread = pthread_self()
    let code = unsafe pthread_setspecific(
      currentKey, Unmanaged.passUnretained(self).toOpaque())
    precondition(code == 0, "pthread_setspecific failed with \(code)")
    defer {
      thread = nil
      let code = pthread_setspecific(currentKey, nil)
      precondition(code == 0, "pthread_setspecific failed with \(code)")
    }
    var events = [gw_ready](repeating: gw_ready(), count: 128)
    while true {
      let isStopping = drainMailbox()
      runJobs()
      let deadline = endOfTurn()
      if isStopping { return }
      wait(until: deadline, &events)
    }
  }

  private func drainMailbox() -> Bool {
    let (work, jobs, isStopping) = mailbox.withLock { mailbox in
      defer {
        mailbox.work.removeAll(keepingCapacity: true)
        mailbox.jobs.removeAll(keepingCapacity: true)
        mailbox.isStopping = false
        mailbox.isSignalled = false
      }
      return (mailbox.work, mailbox.jobs, mailbox.isStopping)
    }
    for item in work { item() }
    localJobs.append(contentsOf: jobs)
    return isStopping
  }

  private func runJobs() {
    while !localJobs.isEmpty {
      swap(&localJobs, &runningJobs)
      for job in runningJobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
      runningJobs.removeAll(keepingCapacity: true)
    }
  }

  // Hooks may make jobs and jobs may need the hooks again, so both run until neither has more.
  private func endOfTurn() -> MonotonicInstant {
    var next = MonotonicInstant.distantFuture
    repeat {
      runJobs()
      next = .distantFuture
      for hook in turnHooks {
        if let deadline = hook() { next = min(next, deadline) }
      }
    } while !localJobs.isEmpty
    return min(next, timers.earliest ?? .distantFuture)
  }

  private func wait(until deadline: MonotonicInstant, _ events: inout [gw_ready]) {
    let count = unsafe gw_epoll_wait(
      poll, &events, Int32(events.count), milliseconds(until: deadline))
    precondition(count >= 0 || errno == EINTR, "epoll_wait failed with \(errno)")
    cachedNow = clock.monotonic
    for index in 0..<max(0, Int(count)) {
      let descriptor = events[index].descriptor
      if descriptor == wakeUp {
        var value: eventfd_t = 0
        _ = unsafe eventfd_read(wakeUp, &value)
      } else if let watcher = watchers[descriptor] {
        watcher.handler(Readiness(rawValue: events[index].events))
      }
    }
    while let timer = timers.popDue(at: cachedNow) { timer() }
  }

  private func milliseconds(until deadline: MonotonicInstant) -> Int32 {
    guard deadline != .distantFuture else { return -1 }
    let remaining = (deadline - clock.monotonic).wholeNanoseconds
    guard remaining > 0 else { return 0 }
    // Rounded up: waking a moment early would spin until the deadline.
    return Int32(clamping: (remaining + 999_999) / 1_000_000)
  }

  // MARK: Confined

  /// When the present turn began; cheaper than asking the clock. Confined.
  public var now: MonotonicInstant { cachedNow }

  /// Calls `handler` whenever the descriptor is ready, level-triggered. Confined.
  ///
  /// A second call for the same descriptor replaces readiness and handler.
  ///
  /// - Throws: ``ReactorFault`` if the kernel refuses the descriptor.
  public func watch(
    _ descriptor: Int32, for readiness: Readiness, _ handler: @escaping (Readiness) -> Void
  ) throws(ReactorFault) {
    assertCurrent()
    let operation = watchers[descriptor] == nil ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
    try control(operation, descriptor, readiness)
    watchers[descriptor] = Watcher(readiness: readiness, handler: handler)
  }

  /// Stops watching; does nothing if the descriptor isn't watched. Call it before closing.
  /// Confined.
  public func unwatch(_ descriptor: Int32) {
    assertCurrent()
    guard watchers.removeValue(forKey: descriptor) != nil else { return }
    // A descriptor that was closed meanwhile has left the epoll by itself.
    try? control(EPOLL_CTL_DEL, descriptor, [])
  }

  /// Calls `work` once, at `deadline` or soon after. Confined.
  @discardableResult
  public func schedule(at deadline: MonotonicInstant, _ work: @escaping () -> Void) -> TimerToken {
    assertCurrent()
    return timers.insert(deadline, work)
  }

  /// Forgets a timer; does nothing if it has fired. Confined.
  public func cancel(_ timer: TimerToken) {
    assertCurrent()
    timers.remove(timer)
  }

  /// Calls `hook` at the end of every turn, before the wait. Confined, or before ``run()``.
  ///
  /// - Parameter hook: returns when it wants to be called again at the latest.
  public func addTurnHook(_ hook: @escaping () -> MonotonicInstant?) {
    turnHooks.append(hook)
  }

  private func control(
    _ operation: Int32, _ descriptor: Int32, _ readiness: Readiness
  ) throws(ReactorFault) {
    guard gw_epoll_control(poll, operation, descriptor, readiness.rawValue) == 0 else {
      throw ReactorFault(call: "epoll_ctl", code: errno)
    }
  }

  private func assertCurrent() {
    precondition(isCurrent, "called off the reactor's thread")
  }
}

private struct Watcher {
  let readiness: Readiness
  let handler: (Readiness) -> Void
}

/// What a descriptor is ready for.
public struct Readiness: OptionSet, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// Creates a set from the kernel's bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// There is something to read, or the peer has closed.
  public static let readable = Readiness(rawValue: EPOLLIN.rawValue)
  /// There is room to write.
  public static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
  /// The peer has closed, or sends no more; what it sent before may be unread.
  public static let peerClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
  /// An error waits; always reported.
  public static let failed = Readiness(rawValue: EPOLLERR.rawValue)
  /// The connection is gone; always reported.
  public static let hungUp = Readiness(rawValue: EPOLLHUP.rawValue)
}

/// A system call that failed.
public struct ReactorFault: Error, Sendable, CustomStringConvertible {
  /// The call.
  public let call: String
  /// Its `errno`.
  public let code: Int32

  /// The call and the system's words for the code.
  public var description: String { unsafe "\(call): \(String(cString: strerror(code)))" }
}

// One key for the whole process, made at first use; a process has at least 128 of them, so failing
// here can only be a defect of our own.
private let currentKey: pthread_key_t = {
  var key = pthread_key_t()
  let code = unsafe pthread_key_create(&key, nil)
  precondition(code == 0, "pthread_key_create failed with \(code)")
  return key
}()
