internal import CMicrohttpdShims
import GatewayCore
import Reactor

/// A request's way: line, head, body, decision, answer.
extension ServerCore {
  /// A request line is complete.
  func begun(_ connection: Connection, _ target: Span<UInt8>) -> Exchange {
    let exchange = Exchange(connection: connection, target: target, arrival: reactor.now)
    connection.exchange = exchange
    counters.requests += 1
    step(connection)
    openExchanges += 1
    // The time of a first head counts from the connection's opening.
    if connection.phase != .opening { enter(.receiving, connection) }
    return exchange
  }

  /// The library's access handler: once with the head, then with each piece of the body, then with
  /// none, and once more after a suspension.
  ///
  /// - Returns: `false` to close the connection.
  func handle(_ exchange: Exchange, _ line: gw_mhd_request_line, _ data: Span<UInt8>) -> Bool {
    guard let connection = exchange.connection else { return false }
    step(connection)
    switch exchange.stage {
    case .head: return unsafe receiveHead(exchange, connection, line)
    case .body where data.count > 0: return receiveBody(exchange, connection, data)
    case .body: return decide(exchange, connection)
    case .settled:
      guard let answer = exchange.answer else { return false }
      exchange.answer = nil
      return send(answer, exchange, connection)
    case .suspended: return true
    case .answered: return false
    }
  }

  // Here an answer is queued only to refuse: in its first call, the library before 1.0 ends the
  // connection with it.
  private func receiveHead(
    _ exchange: Exchange, _ connection: Connection, _ line: gw_mhd_request_line
  ) -> Bool {
    let headSize = unsafe gw_mhd_head_size(connection.handle)
    let isHTTP10 =
      unsafe line.version_size == 8 && line.version[7] == UInt8(ascii: "0")
    if let reason = unsafe violation(exchange, line, headSize) {
      return refuse(exchange, connection, reason)
    }
    let layout =
      parsesLoosely
      ? unsafe HeadLayout(line, targetSize: exchange.targetSize, headSize: headSize) : nil
    guard let target = exchange.head.take() else { return false }
    switch unsafe HeadReader.read(into: target, from: connection.handle, layout: layout) {
    case .refused(let reason): return refuse(exchange, connection, reason)
    case .head(let head):
      if let reason = rules.violation(in: head, isHTTP10: isHTTP10) {
        return refuse(exchange, connection, reason)
      }
      // A library that reads chunks loosely must not find a next request behind them.
      exchange.endsConnection = parsesLoosely && head.count(of: .transferEncoding) > 0
      exchange.head = head
      // What `Host` says counts no more, but only after it was held to its rules.
      if let authority = exchange.authority {
        exchange.head?.replace(.host, named: "Host", with: authority.span)
      }
    }
    exchange.stage = .body
    if connection.phase == .opening { enter(.receiving, connection) }
    connection.isReadingChunks = exchange.endsConnection
    return true
  }

  private func step(_ connection: Connection) {
    steps += 1
    connection.steps += 1
  }

  private func violation(
    _ exchange: Exchange, _ line: gw_mhd_request_line, _ headSize: Int
  ) -> RefusalReason? {
    if exchange.targetSize > settings.headerBytes { return .targetTooLong }
    if headSize > settings.headerBytes { return .headTooLarge }
    let method = unsafe Span(_unsafeStart: line.method, count: line.method_size)
    guard FieldSyntax.isToken(method) else { return .badMethod }
    exchange.method = HTTPMethod(method)
    return exchange.hasServedForm ? nil : .badTarget
  }

  private func receiveBody(
    _ exchange: Exchange, _ connection: Connection, _ data: Span<UInt8>
  ) -> Bool {
    guard exchange.body.count + data.count <= settings.bodyBytes else {
      // Only a chunked body comes this far. The library takes no answer here.
      connection.mustLinger = true
      refuseRaw(exchange, connection, .bodyTooLarge)
      return false
    }
    unsafe data.withUnsafeBufferPointer { unsafe exchange.body.append(contentsOf: $0) }
    return true
  }

  private func decide(_ exchange: Exchange, _ connection: Connection) -> Bool {
    guard let head = exchange.head.take() else { return false }
    let request = HTTPRequest(
      method: exchange.method, head: head, body: exchange.body, arrival: exchange.arrival,
      peer: connection.peer, clientCertificate: connection.clientCertificate)
    exchange.body = []
    switch handler.handle(request) {
    case .respond(let response): return send(response, exchange, connection)
    case .share(let shared): return send(shared, exchange, connection)
    case .later(let deadline, let work):
      guard stage < .expired else { return refuse(exchange, connection, .shuttingDown) }
      suspend(exchange, connection, deadline, work)
      return true
    case .stream(let head, let stream): return begin(stream, head, exchange, connection)
    }
  }

  // MARK: Answers

  /// Queues an answer made for this request.
  func send(_ response: HTTPResponse, _ exchange: Exchange, _ connection: Connection) -> Bool {
    let ends = exchange.endsConnection || stage >= .draining
    if let prepared = PreparedResponse(response, endsConnection: ends) {
      return queue(prepared, exchange, connection)
    }
    return sendUnusable(response, exchange, connection)
  }

  /// Sends a problem in the place of an answer that cannot be sent.
  func sendUnusable(
    _ response: HTTPResponse, _ exchange: Exchange, _ connection: Connection
  ) -> Bool {
    let id = makeRequestID()
    onEvent(.unusableResponse(status: response.status, requestID: id))
    let fault = GatewayFault(.internalError, "The answer could not be sent.")
    guard let prepared = PreparedResponse(fault.response(instance: id), endsConnection: true) else {
      return false
    }
    return queue(prepared, exchange, connection)
  }

  private func send(
    _ shared: SharedResponse, _ exchange: Exchange, _ connection: Connection
  ) -> Bool {
    // The shared form cannot say that this one connection ends.
    if !exchange.endsConnection, stage < .draining, let prepared = PreparedResponse.of(shared) {
      return queue(prepared, exchange, connection)
    }
    return send(shared.response, exchange, connection)
  }

  /// Hands an answer to the library.
  func queue(
    _ prepared: PreparedResponse, _ exchange: Exchange, _ connection: Connection
  ) -> Bool {
    exchange.stage = .answered
    enter(.responding, connection)
    return prepared.queue(on: connection)
  }

  /// Refuses through the library; the connection ends.
  func refuse(_ exchange: Exchange, _ connection: Connection, _ reason: RefusalReason) -> Bool {
    let response = refusal(connection, reason)
    // The body that was announced, or what is taken for a next request, may be on its way.
    connection.mustLinger = true
    exchange.endsConnection = true
    return send(response, exchange, connection)
  }

  /// Refuses past the library, which must be made to close the connection next.
  func refuseRaw(_ exchange: Exchange?, _ connection: Connection, _ reason: RefusalReason) {
    exchange?.stage = .answered
    connection.send(RawAnswer.encode(refusal(connection, reason)))
  }

  /// Counts a refusal, and makes its answer.
  func refusal(_ connection: Connection, _ reason: RefusalReason) -> HTTPResponse {
    counters.refusals[reason, default: 0] += 1
    let id = makeRequestID()
    onEvent(.refused(reason, requestID: id, peer: connection.peer))
    return reason.fault.response(instance: id)
  }

  /// The library is done with a request.
  func completed(_ exchange: Exchange, isComplete: Bool) {
    guard let connection = exchange.connection else { return }
    if exchange.stage == .suspended {
      counters.suspended -= 1
      exchange.work?.cancel()
    }
    abandonWork(exchange)
    if let open = exchange.stream { ended(open, connection, isComplete: isComplete) }
    exchange.stage = .answered
    exchange.connection = nil
    connection.exchange = nil
    openExchanges -= 1
    if isComplete { counters.answered += 1 } else { counters.interrupted += 1 }
    enter(.idle, connection)
    if stage >= .draining { continueDraining() }
  }
}

extension HTTPMethod {
  /// Reads a token without making a `String` of the usual one.
  init(_ bytes: Span<UInt8>) {
    if bytes.count == 3, bytes[0] == UInt8(ascii: "G"), bytes[1] == UInt8(ascii: "E"),
      bytes[2] == UInt8(ascii: "T")
    {
      self = .get
    } else {
      self.init(token: String(copying: unsafe UTF8Span(unchecked: bytes)))
    }
  }
}
