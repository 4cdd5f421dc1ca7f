import GatewayCore
import NIOCore

/// Stands before the HTTP decoder and resets connections whose request is not to be read.
///
/// A request is known by its first line alone, so that a fault can be meant for one call.
final class EarlyResetGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let core: SimulatorCore
  private static let longestLine = 2048

  init(core: SimulatorCore) {
    self.core = core
  }

  func channelActive(context: ChannelHandlerContext) {
    core.countConnection()
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if core.hasEarlyReset, let (method, target) = Self.requestLine(unwrapInboundIn(data)),
      core.takesEarlyReset(method, target: target)
    {
      return ConnectionReset.perform(on: context)
    }
    context.fireChannelRead(data)
  }

  /// Method and target, if the bytes begin with a request line. A piece of a body could look like
  /// one only if it were made to.
  private static func requestLine(_ buffer: ByteBuffer) -> (HTTPMethod, String)? {
    let bytes = buffer.readableBytesView.prefix(longestLine)
    let parts = bytes.prefix { $0 != UInt8(ascii: "\r") }
      .split(separator: UInt8(ascii: " "), maxSplits: 2)
    guard parts.count == 3, parts[1].first == UInt8(ascii: "/") else { return nil }
    let method = HTTPMethod(token: String(decoding: parts[0], as: UTF8.self))
    guard method != .other else { return nil }
    return (method, String(decoding: parts[1], as: UTF8.self))
  }
}
