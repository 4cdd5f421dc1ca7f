import Foundation

/// Whether a write is waited for.
public enum WriteWaiting: Sendable, Hashable {
  /// Until it is done or the client's time is up.
  case usual
  /// Not at all: the answer is the operation.
  case notAtAll
  /// So many seconds; then the answer is the operation.
  case atMost(Int)

  var header: String? {
    switch self {
    case .usual: nil
    case .notAtAll: "respond-async"
    case .atMost(let seconds): "wait=\(seconds)"
    }
  }
}

extension GatewayClient {
  /// Changes settings.
  ///
  /// - Parameters:
  ///   - name: an alias or an id.
  ///   - user: its owner, see ``heatPump(_:user:fields:age:)``.
  ///   - tag: the entity tag of the reading that was decided on. If a setting that is to be written
  ///     has changed since, nothing is sent, and the ``Problem`` is named `precondition-failed`.
  ///   - key: one for each decision, however often it is sent; made if it is absent, so that a
  ///     request whose answer was lost can be repeated.
  ///   - waiting: whether to wait for it.
  /// - Throws: ``Problem``, ``ClientError``.
  public func update(
    _ name: String, _ patch: HeatPumpPatch, user: String? = nil, ifMatch tag: String? = nil,
    idempotencyKey key: String = newIdempotencyKey(), waiting: WriteWaiting = .usual
  ) async throws -> WriteAnswer {
    var draft = Self.write("PATCH", Self.path(name, user), tag, key, waiting)
    draft.body = try Wire.encode(patch)
    draft.contentType = "application/merge-patch+json"
    return try Self.writeAnswer(try await send(draft))
  }

  /// Runs a command; the parameters are those of
  /// ``update(_:_:user:ifMatch:idempotencyKey:waiting:)``.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func run(
    _ command: Command, on name: String, user: String? = nil, ifMatch tag: String? = nil,
    idempotencyKey key: String = newIdempotencyKey(), waiting: WriteWaiting = .usual
  ) async throws -> WriteAnswer {
    var draft = Self.write(
      "POST", Self.path(name, user, "commands", command.name), tag, key, waiting)
    draft.body = try command.body.map { try Wire.encode($0) }
    return try Self.writeAnswer(try await send(draft))
  }

  /// What became of a write.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func operation(_ id: String) async throws -> WriteOperation {
    try await value(Draft(path: ["operations", id]))
  }

  /// A page of a heat pump's writes, the newest first.
  ///
  /// - Parameter user: its owner, see ``heatPump(_:user:fields:age:)``.
  /// - Throws: ``Problem``, ``ClientError``.
  public func operations(
    of name: String, user: String? = nil, limit: Int = 100, cursor: String? = nil
  ) async throws -> Page<WriteOperation> {
    try await value(
      Draft(path: Self.path(name, user, "operations"), query: Self.page(limit, cursor)))
  }

  /// Withdraws a write that has not been sent.
  ///
  /// - Throws: ``Problem`` (`operation-not-cancellable`), ``ClientError``.
  public func cancelOperation(_ id: String) async throws -> WriteOperation {
    try await value(Draft(method: "DELETE", path: ["operations", id]))
  }

  /// Waits until the upstream has answered a write. `verified` comes later, when the device shows
  /// it; events tell of that.
  ///
  /// - Parameter interval: how long to wait between two looks.
  /// - Throws: ``Problem``, ``ClientError``, `CancellationError`.
  public func settled(
    _ operation: WriteOperation, every interval: Duration = .milliseconds(500)
  ) async throws -> WriteOperation {
    var operation = operation
    while operation.state.isUnderWay {
      try await sleep(interval)
      operation = try await self.operation(operation.id)
    }
    return operation
  }

  private static func write(
    _ method: String, _ path: [String], _ tag: String?, _ key: String, _ waiting: WriteWaiting
  ) -> Draft {
    Draft(
      method: method, path: path,
      headers: [
        ("If-Match", tag), ("Idempotency-Key", key), ("Prefer", waiting.header),
      ])
  }

  private static func writeAnswer(_ answer: ClientResponse) throws -> WriteAnswer {
    answer.status == 202
      ? .underWay(try decode(WriteOperation.self, answer))
      : .done(try decode(WrittenHeatPump.self, answer))
  }
}
