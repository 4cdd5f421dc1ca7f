import GatewayCore
import NIOCore
import NIOHTTP1

/// Writes one answer, whole or in pieces.
struct ResponseWriter: Sendable {
  let response: HTTPResponse
  let keepsAlive: Bool

  func writeWhole(_ context: ChannelHandlerContext) {
    write(.head(head), context)
    write(.body(.byteBuffer(ByteBuffer(bytes: response.body))), context)
    writeEnd(context)
  }

  /// Promises the whole body, writes half of it, and ends the connection.
  func writeHalf(_ context: ChannelHandlerContext) {
    write(.head(head), context)
    let half = ByteBuffer(bytes: response.body.prefix(response.body.count / 2))
    let sent = context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(
      NIOAny(HTTPServerResponsePart.body(.byteBuffer(half))), promise: sent)
  }

  func writeHead(_ context: ChannelHandlerContext) {
    write(.head(head), context)
    context.flush()
  }

  func writeBody(_ range: Range<Int>, _ context: ChannelHandlerContext) {
    write(.body(.byteBuffer(ByteBuffer(bytes: response.body[range]))), context)
    context.flush()
  }

  func writeEnd(_ context: ChannelHandlerContext) {
    guard !keepsAlive || response.closesConnection else {
      return context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
    }
    let sent = context.eventLoop.makePromise(of: Void.self)
    sent.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: sent)
  }

  private var head: HTTPResponseHead {
    var headers = HTTPHeaders()
    for header in response.headers { headers.add(name: header.name, value: header.value) }
    headers.add(name: "Content-Length", value: String(response.body.count))
    if !keepsAlive || response.closesConnection { headers.add(name: "Connection", value: "close") }
    return HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
  }

  private func write(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext) {
    context.write(NIOAny(part), promise: nil)
  }
}
