import GatewayCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// The listening socket and the threads behind it.
struct SimulatorServer: Sendable {
  private let group: MultiThreadedEventLoopGroup
  private let listener: any Channel
  let port: Int

  /// Listens.
  ///
  /// - Throws: whatever the system says against it.
  init(_ settings: SimulatorSettings, core: SimulatorCore) async throws {
    group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(EarlyResetGate(core: core))
          try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
          try pipeline.addHandler(ExchangeHandler(core: core))
        }
      }
    do {
      listener = try await bootstrap.bind(host: settings.host, port: settings.port).get()
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
    port = listener.localAddress?.port ?? settings.port
  }

  /// Closes the socket and all connections, and ends the threads.
  func stop() async {
    try? await listener.close()
    try? await group.shutdownGracefully()
  }
}
