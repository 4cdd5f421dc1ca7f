import GatewayCore
import Glibc

/// What the threads of a ``ScriptedServer`` share.
final class ServerLog: Sendable {
  struct State: Sendable {
    var requests: [ScriptedServer.Request] = []
    var accepted = 0
    var closed = 0
    var peak = 0
    var open: Set<Int32> = []
    var threads: [ServerThread] = []
    var isStopped = false
    var waiters: [Waiter] = []
  }

  struct Waiter: Sendable {
    let condition: @Sendable (State) -> Bool
    let continuation: CheckedContinuation<Void, Never>
  }

  let state = Locked(State())

  /// Changes the state and wakes those who waited for that.
  func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    let (result, ready) = state.withLock { state in
      let result = body(&state)
      let waiters = state.waiters
      let ready = waiters.filter { $0.condition(state) }
      state.waiters = waiters.filter { !$0.condition(state) }
      return (result, ready)
    }
    for waiter in ready { waiter.continuation.resume() }
    return result
  }

  func wait(for condition: @escaping @Sendable (State) -> Bool) async {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if condition(state) { return true }
        state.waiters.append(Waiter(condition: condition, continuation: continuation))
        return false
      }
      if isReady { continuation.resume() }
    }
  }
}

/// A thread that is joined once.
final class ServerThread: Sendable {
  private let handle: pthread_t

  init(_ body: @escaping @Sendable () -> Void) throws {
    var thread = pthread_t()
    let start = Unmanaged.passRetained(ThreadStart(body))
    let code = pthread_create(&thread, nil, runServerThread, start.toOpaque())
    guard code == 0 else {
      start.release()
      throw ScriptedServerFault(call: "pthread_create", code: code)
    }
    handle = thread
  }

  func join() { pthread_join(handle, nil) }
}

private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

// At file scope, so that it belongs to no actor.
private func runServerThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
  return nil
}

func acceptConnections(
  _ listener: Int32, _ log: ServerLog, _ script: @escaping @Sendable (Int) -> [ScriptedServer.Step]
) {
  while true {
    let descriptor = accept(listener, nil, nil)
    guard descriptor >= 0 else {
      if errno == EINTR || errno == ECONNABORTED { continue }
      return
    }
    var noDelay: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, 4)
    let index: Int? = log.change { state in
      guard !state.isStopped else { return nil }
      state.accepted += 1
      state.open.insert(descriptor)
      state.peak = max(state.peak, state.open.count)
      return state.accepted - 1
    }
    guard let index else {
      close(descriptor)
      return
    }
    let steps = script(index)
    let connection = { @Sendable in
      ScriptedConnection(descriptor: descriptor, index: index, log: log).perform(steps)
    }
    if let thread = try? ServerThread(connection) {
      log.change { $0.threads.append(thread) }
    } else {
      connection()
    }
  }
}

/// One connection of a ``ScriptedServer``, on its own thread.
private final class ScriptedConnection {
  let descriptor: Int32
  let index: Int
  let log: ServerLog
  var buffer: [UInt8] = []

  init(descriptor: Int32, index: Int, log: ServerLog) {
    self.descriptor = descriptor
    self.index = index
    self.log = log
  }

  func perform(_ steps: [ScriptedServer.Step]) {
    for step in steps {
      guard perform(step) else { break }
    }
    log.change { _ = $0.open.remove(descriptor) }
    close(descriptor)
    log.change { $0.closed += 1 }
  }

  // Returns whether the connection goes on.
  private func perform(_ step: ScriptedServer.Step) -> Bool {
    switch step {
    case .readRequest: return read(withBody: true) != nil
    case .readHead: return read(withBody: false) != nil
    case .send(let bytes): return write(bytes)
    case .drip(let bytes, let pause):
      for byte in bytes {
        // Slow on purpose: dripping is what the step is for.
        usleep(UInt32(clamping: pause.wholeNanoseconds / 1000))
        guard write([byte]) else { return false }
      }
      return true
    case .answerEach(let answer):
      while let request = read(withBody: true) {
        guard write(answer(request)) else { return false }
      }
      return false
    case .awaitArrival:
      // What is not acknowledged yet still counts.
      var unacknowledged: Int32 = 0
      repeat {
        sched_yield()
        guard ioctl(descriptor, UInt(TIOCOUTQ), &unacknowledged) == 0 else { return false }
      } while unacknowledged > 0
      return true
    case .call(let work):
      work()
      return true
    case .reset:
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      return false
    case .close: return false
    case .hang:
      while fill() { buffer.removeAll() }
      return false
    }
  }

  private func read(withBody: Bool) -> ScriptedServer.Request? {
    var end = headEnd(in: buffer)
    while end == nil {
      guard fill() else { return nil }
      end = headEnd(in: buffer)
    }
    guard var end else { return nil }
    if withBody {
      let head = ScriptedServer.Request(connection: index, bytes: Array(buffer[..<end]))
      end += head["content-length"].flatMap { Int($0) } ?? 0
      while buffer.count < end {
        guard fill() else { return nil }
      }
    }
    let request = ScriptedServer.Request(connection: index, bytes: Array(buffer[..<end]))
    buffer.removeFirst(end)
    log.change { $0.requests.append(request) }
    return request
  }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { return false }
    buffer.append(contentsOf: chunk[..<count])
    return true
  }

  private func write(_ bytes: [UInt8]) -> Bool {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { bytes in
        send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      start += count
    }
    return true
  }
}

/// Where a message's body begins; `nil` if its head isn't whole.
func headEnd(in bytes: [UInt8]) -> Int? {
  var index = 3
  while index < bytes.count {
    if bytes[index] == 0x0A, bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A {
      return index + 1
    }
    index += 1
  }
  return nil
}
