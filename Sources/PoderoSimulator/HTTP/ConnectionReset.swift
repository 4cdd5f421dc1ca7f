import Glibc
import NIOCore

/// Ends a connection with RST instead of FIN.
enum ConnectionReset {
  static func perform(on context: ChannelHandlerContext) {
    // A linger time of zero makes the kernel throw the connection away.
    if let provider = context.channel as? any SocketOptionProvider {
      let options = provider.setSoLinger(linger(l_onoff: 1, l_linger: 0))
      options.whenFailure { _ in }
    }
    context.close(promise: nil)
  }
}
