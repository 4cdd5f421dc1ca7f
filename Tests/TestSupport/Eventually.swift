import GatewayCore

/// A condition that did not come true in its time.
public struct NeverHappened: Error, CustomStringConvertible {
  /// What was waited for, and what was seen instead.
  public let description: String
}

/// Looks again and again until `condition` gives something: for what another process does, which
/// offers nothing to wait for.
///
/// - Parameters:
///   - what: names it in the error.
///   - limit: how long to try at most, in real time.
/// - Returns: the first value that is not `nil`.
/// - Throws: ``NeverHappened`` after `limit`, or what `condition` throws.
@discardableResult
public func eventually<Value: Sendable>(
  _ what: String, within limit: Duration = .seconds(60),
  _ condition: @Sendable () async throws -> Value?
) async throws -> Value {
  let clock = SystemClock()
  let end = clock.monotonic + limit
  while true {
    if let value = try await condition() { return value }
    guard clock.monotonic < end else { throw NeverHappened(description: "no \(what)") }
    // A pause between two looks, on purpose: a busy loop would starve what is waited for.
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// Looks again and again until `condition` holds.
///
/// - Throws: ``NeverHappened`` after `limit`, or what `condition` throws.
public func eventually(
  _ what: String, within limit: Duration = .seconds(60),
  _ condition: @Sendable () async throws -> Bool
) async throws {
  try await eventually(what, within: limit) { try await condition() ? () : nil }
}
