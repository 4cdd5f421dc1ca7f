import GatewayCore
public import Reactor

/// Runs `body` with a reactor on a thread of its own, and stops it afterwards.
public func withReactor<Result: Sendable>(
  _ body: (Reactor) async throws -> Result
) async throws -> Result {
  let reactor = try Reactor()
  let thread = try reactor.start(name: "test-reactor")
  defer {
    reactor.stop()
    thread.join()
  }
  return try await body(reactor)
}

/// Runs `body` as a task on the reactor's thread.
public func on<Result: Sendable>(
  _ reactor: Reactor, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await Task(executorPreference: reactor) { try await body() }.value
}
