import GatewayCore
import NIOCore
import NIOHTTP1

/// One connection: collects a request, asks the core, and does what it decides. The pipeline in
/// front of it hands over one request at a time.
final class ExchangeHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private static let largestBody = 16 << 20

  private let core: SimulatorCore
  private var head: NIOHTTP1.HTTPRequestHead?
  private var body: [UInt8] = []
  private var exchange: Exchange?
  private var hangingID: Int?

  init(core: SimulatorCore) {
    self.core = core
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body.removeAll()
      if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
        let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
      }
    case .body(let bytes):
      body.append(contentsOf: bytes.readableBytesView)
      if body.count > Self.largestBody { ConnectionReset.perform(on: context) }
    case .end:
      guard let head else { return }
      self.head = nil
      decide(head, context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func decide(_ head: NIOHTTP1.HTTPRequestHead, _ context: ChannelHandlerContext) {
    let request = HTTPRequest(
      method: HTTPMethod(token: head.method.rawValue), target: head.uri,
      headers: head.headers.map { ($0.name, $0.value) }, body: body,
      peer: context.remoteAddress?.ipAddress ?? "127.0.0.1")
    body = []
    let decision = core.handle(request)
    exchange = decision.exchange
    let keepsAlive = head.isKeepAlive
    guard decision.delay > .zero else {
      return perform(decision, keepsAlive, context)
    }
    schedule(after: decision.delay, context) { handler, context in
      handler.perform(decision, keepsAlive, context)
    }
  }

  private func perform(
    _ decision: Decision, _ keepsAlive: Bool, _ context: ChannelHandlerContext
  ) {
    switch decision.outcome {
    case .reset:
      finish()
      ConnectionReset.perform(on: context)
    case .hang(let response): hang(response, decision.generation, keepsAlive, context)
    case .answer(let response, let transfer):
      let writer = ResponseWriter(response: response, keepsAlive: keepsAlive)
      switch transfer {
      case .whole:
        finish()
        writer.writeWhole(context)
      case .truncated:
        finish()
        writer.writeHalf(context)
      case .drip(let bytes, let interval):
        writer.writeHead(context)
        drip(writer, from: 0, bytes, interval, context)
      }
    }
  }

  private func hang(
    _ response: HTTPResponse?, _ generation: Int, _ keepsAlive: Bool,
    _ context: ChannelHandlerContext
  ) {
    let eventLoop = context.eventLoop
    let bound = NIOLoopBound((self, context), eventLoop: eventLoop)
    hangingID = core.hang(generation) {
      eventLoop.execute {
        let (handler, context) = bound.value
        guard context.channel.isActive else { return }
        handler.hangingID = nil
        guard let response else { return context.close(promise: nil) }
        handler.perform(Decision(response), keepsAlive, context)
      }
    }
  }

  private func drip(
    _ writer: ResponseWriter, from start: Int, _ count: Int, _ interval: Duration,
    _ context: ChannelHandlerContext
  ) {
    let end = min(start + count, writer.response.body.count)
    let isLast = end == writer.response.body.count
    if isLast { finish() }
    writer.writeBody(start..<end, context)
    guard !isLast else { return writer.writeEnd(context) }
    schedule(after: interval, context) { handler, context in
      handler.drip(writer, from: end, count, interval, context)
    }
  }

  /// Runs `body` later on this connection's event loop, if the client is still there.
  private func schedule(
    after delay: Duration, _ context: ChannelHandlerContext,
    _ body: @escaping @Sendable (ExchangeHandler, ChannelHandlerContext) -> Void
  ) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: .nanoseconds(delay.wholeNanoseconds)) {
      let (handler, context) = bound.value
      guard context.channel.isActive else { return }
      body(handler, context)
    }
  }

  /// Settles the accounts of a request, once; before its last bytes go out, or a quick client's
  /// next request would count as simultaneous.
  private func finish() {
    if let exchange { core.end(exchange) }
    exchange = nil
    if let hangingID { core.forgetHanging(hangingID) }
    hangingID = nil
  }
}
