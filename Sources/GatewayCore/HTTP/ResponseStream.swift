/// How a stream ended; the raw value is a metric's label.
public enum StreamEnd: String, Sendable, CaseIterable {
  /// The endpoint finished it, and all of it was sent.
  case finished
  /// The client closed the connection, or only its half of it.
  case clientLeft = "client_left"
  /// The client did not read, or not as fast as the bytes came.
  case tooSlow = "too_slow"
  /// The server is being stopped.
  case draining
  /// The server never began it: too many are open, or its head cannot be sent.
  case refused
}

/// The body of an answer that goes on for as long as somebody listens, such as Server-Sent Events.
///
/// The endpoint makes it, returns it in ``Disposition/stream(_:_:)``, and sends from any thread. It
/// holds what the client has not read yet, up to a limit: the stream of a client that falls behind
/// is cut, so that its memory stays bounded. An array sent to many streams is not copied.
public final class ResponseStream: Sendable {
  private struct State: Sendable {
    var unread = StreamQueue()
    // Decided when no more bytes are taken; `finished` may still turn into something worse.
    var end: StreamEnd?
    // Whether the body ends in the middle, which the client must be able to see.
    var isBroken = false
    var isTold = false
    var isWaiting = false
    var isAttached = false
    var wake: (@Sendable () -> Void)?
    var onClose: (@Sendable (StreamEnd) -> Void)?
    var onRoom: (@Sendable () -> Void)?

    // The wake-up, if it is waited for.
    mutating func takeWake() -> (@Sendable () -> Void)? {
      guard isWaiting else { return nil }
      isWaiting = false
      return wake
    }
  }

  private let limit: Int
  private let lastMessages: [StreamEnd: [UInt8]]
  private let state = Locked(State())

  /// Creates an open stream.
  ///
  /// - Parameters:
  ///   - limit: how much may wait for the client, in bytes; each message counts 32 more than it
  ///     has.
  ///   - lastMessages: what the client is told, if there is room for it, before the stream ends as
  ///     ``StreamEnd/tooSlow`` or ``StreamEnd/draining``.
  public init(limit: Int = 262_144, lastMessages: [StreamEnd: [UInt8]] = [:]) {
    self.limit = limit
    self.lastMessages = lastMessages
  }

  /// Sends bytes; they leave in the order of the calls. From any thread; never waits, and never
  /// calls the handler of ``onClose(_:)`` itself.
  ///
  /// - Returns: `false` if the stream has ended, or ends now because these bytes are too many.
  @discardableResult
  public func send(_ bytes: [UInt8]) -> Bool {
    let (isTaken, wake) = state.withLock { take(bytes, &$0) }
    wake?()
    return isTaken
  }

  /// Ends the stream once all that was sent has left. From any thread; later calls do nothing.
  ///
  /// - Parameter last: sent before that.
  public func finish(_ last: [UInt8] = []) {
    let wake = state.withLock { state in
      let (isTaken, wake) = take(last, &state)
      guard isTaken else { return wake }
      state.end = .finished
      return wake ?? state.takeWake()
    }
    wake?()
  }

  /// Sets who is told, once, that the stream is over: at once if it is, otherwise on the server's
  /// thread, so the handler must not block. There is one handler; a second call replaces it.
  public func onClose(_ handler: @escaping @Sendable (StreamEnd) -> Void) {
    let end = state.withLock { state -> StreamEnd? in
      if state.isTold { return state.end }
      state.onClose = handler
      return nil
    }
    if let end { handler(end) }
  }

  /// Whether bytes would be taken now without cutting the stream; an ended one takes none, but has
  /// nothing to be cut.
  public func fits(_ bytes: [UInt8]) -> Bool {
    state.withLock { $0.end != nil || $0.unread.fits(bytes, within: limit) }
  }

  /// Sets who is told, once, that at most half of the limit waits: at once if so, otherwise on the
  /// server's thread, so the handler must not block; never, if the stream ends before. There is one
  /// handler; a second call replaces it.
  public func onRoom(_ handler: @escaping @Sendable () -> Void) {
    let hasRoom = state.withLock { state in
      guard state.end == nil else { return false }
      if isHalfEmpty(state) { return true }
      state.onRoom = handler
      return false
    }
    if hasRoom { handler() }
  }

  /// Ends the stream as ``StreamEnd/tooSlow``, and drops what waits. From any thread; does nothing
  /// to a stream that has ended.
  public func cut() {
    let wake = state.withLock { state in
      state.end == nil ? cut(&state) : nil
    }
    wake?()
  }

  private func isHalfEmpty(_ state: State) -> Bool { state.unread.cost <= limit / 2 }

  private func take(
    _ bytes: [UInt8], _ state: inout State
  ) -> (isTaken: Bool, wake: (@Sendable () -> Void)?) {
    guard state.end == nil else { return (false, nil) }
    guard !bytes.isEmpty else { return (true, nil) }
    if state.unread.fits(bytes, within: limit) {
      state.unread.append(bytes)
      return (true, state.takeWake())
    }
    return (false, cut(&state))
  }

  private func cut(_ state: inout State) -> (@Sendable () -> Void)? {
    state.unread.removeAllButBegun()
    if !append(lastMessages[.tooSlow], &state) {
      state.unread.removeAll()
      state.isBroken = true
    }
    state.end = .tooSlow
    state.isWaiting = false
    state.onRoom = nil
    // Whether it waits for bytes or not: it must tell the endpoint.
    return state.wake
  }

  private func append(_ message: [UInt8]?, _ state: inout State) -> Bool {
    guard let message, !message.isEmpty, state.unread.fits(message, within: limit) else {
      return false
    }
    state.unread.append(message)
    return true
  }
}

/// The server's side; endpoints have no use for it.
extension ResponseStream {
  /// What there is to send.
  public enum Reading: Sendable, Equatable {
    /// So many bytes, at least one.
    case bytes(Int)
    /// Nothing at present; the wake-up of ``attach(_:)`` comes when there is.
    case nothing
    /// Nothing any more: the body is whole.
    case end
    /// Nothing any more, and what was sent is not the whole body.
    case broken
  }

  /// Takes the stream over.
  ///
  /// - Parameter wake: called when there is something to read after a ``Reading/nothing``, and when
  ///   the stream is cut; on the thread of the one who sends, so it must not block.
  /// - Returns: `false` if it was taken already: a stream serves one request.
  public func attach(_ wake: @escaping @Sendable () -> Void) -> Bool {
    state.withLock { state in
      guard !state.isAttached else { return false }
      state.isAttached = true
      state.wake = wake
      return true
    }
  }

  /// Moves bytes that wait into the buffer, which must not be empty.
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
    let (reading, onRoom) = state.withLock { state -> (Reading, (@Sendable () -> Void)?) in
      let count = unsafe state.unread.read(into: buffer)
      if count > 0 { return (.bytes(count), takeOnRoom(&state)) }
      if state.end != nil { return (state.isBroken ? .broken : .end, nil) }
      state.isWaiting = true
      return (.nothing, nil)
    }
    onRoom?()
    return reading
  }

  private func takeOnRoom(_ state: inout State) -> (@Sendable () -> Void)? {
    guard state.onRoom != nil, state.end == nil, isHalfEmpty(state) else { return nil }
    defer { state.onRoom = nil }
    return state.onRoom
  }

  /// Takes no more bytes and, after those that wait and the last message, ends the stream as
  /// ``StreamEnd/draining``.
  public func drain() {
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      guard state.end == nil else { return nil }
      _ = append(lastMessages[.draining], &state)
      state.end = .draining
      return state.takeWake()
    }
    wake?()
  }

  /// Tells the endpoint if the end is decided.
  ///
  /// - Returns: the end that was told just now, otherwise `nil`.
  public func announce() -> StreamEnd? {
    tell { state in
      // Whether all of it gets to the client is not known yet.
      state.end == .finished ? nil : state.end
    }
  }

  /// Ends the stream, unless it has ended otherwise, drops what waits, and tells the endpoint.
  ///
  /// - Returns: the end that was told just now, otherwise `nil`.
  @discardableResult
  public func close(_ end: StreamEnd) -> StreamEnd? {
    tell { state in
      if state.end == nil || state.end == .finished, !state.isTold { state.end = end }
      state.unread.removeAll()
      state.isBroken = true
      state.wake = nil
      return state.end
    }
  }

  /// Reads the stream to its end: for tests.
  public func collected() async -> [UInt8] {
    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
    guard attach({ signal.yield() }) else { return [] }
    var iterator = signals.makeAsyncIterator()
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let reading = unsafe buffer.withUnsafeMutableBytes { unsafe read(into: $0) }
      switch reading {
      case .bytes(let count): bytes += buffer[..<count]
      case .nothing: await iterator.next()
      case .end, .broken:
        close(.finished)
        return bytes
      }
    }
  }

  private func tell(_ decide: (inout State) -> StreamEnd?) -> StreamEnd? {
    let (end, handler) = state.withLock { state -> (StreamEnd?, (@Sendable (StreamEnd) -> Void)?) in
      guard let end = decide(&state), !state.isTold else { return (nil, nil) }
      state.isTold = true
      state.onRoom = nil
      defer { state.onClose = nil }
      return (end, state.onClose)
    }
    if let end { handler?(end) }
    return end
  }
}
