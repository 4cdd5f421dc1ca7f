/// What a statement that was sent will give. Confined to the connection's reactor.
final class PostgresAnswer: @unchecked Sendable {
  // Sendable is safe: all of it is touched on the reactor's thread only, where the connection and
  // everybody who may have it run.
  private var result: Result<PostgresRows, PostgresFault>?
  private var continuation: CheckedContinuation<Result<PostgresRows, PostgresFault>, Never>?
  private var handler: ((Result<PostgresRows, PostgresFault>) -> Void)?
  private let connection: PostgresConnection

  init(_ connection: PostgresConnection) {
    self.connection = connection
  }

  /// Waits for it; everything that was sent so far goes out.
  func rows() async throws(PostgresFault) -> PostgresRows {
    if let result { return try result.get() }
    connection.endRound()
    if let result { return try result.get() }
    let answer = await withCheckedContinuation { continuation = $0 }
    return try answer.get()
  }

  /// Calls somebody as soon as it is there.
  func whenSettled(_ handler: @escaping (Result<PostgresRows, PostgresFault>) -> Void) {
    if let result { return handler(result) }
    self.handler = handler
  }

  /// Hands it over; the first time counts.
  func settle(_ answer: Result<PostgresRows, PostgresFault>) {
    guard result == nil else { return }
    result = answer
    continuation?.resume(returning: answer)
    continuation = nil
    handler?(answer)
    handler = nil
  }
}
