import GatewayCore

/// What was waited for and did not come in its time.
public struct NeverHappened: Error, CustomStringConvertible {
  /// What was waited for, and what was seen instead.
  public let description: String
}

/// Looks again and again until `condition` holds: for what another process does, which offers
/// nothing to wait for.
///
/// - Parameters:
///   - what: names it in the error.
///   - limit: how long to try at most, in real time.
/// - Throws: ``NeverHappened`` after `limit`, or what `condition` throws.
public func eventually(
  _ what: String, within limit: Duration = .seconds(60),
  _ condition: @Sendable () async throws -> Bool
) async throws {
  try await eventualValue(what, within: limit) { try await condition() ? () : nil }
}

/// Looks again and again until there is a value. It has a name of its own, since a condition is a
/// value at the first look, too.
///
/// - Parameters:
///   - what: names it in the error.
///   - limit: how long to try at most, in real time.
/// - Returns: the first value that is not `nil`.
/// - Throws: ``NeverHappened`` after `limit`, or what `value` throws.
public func eventualValue<Value: Sendable>(
  _ what: String, within limit: Duration = .seconds(60),
  _ value: @Sendable () async throws -> Value?
) async throws -> Value {
  let clock = SystemClock()
  let end = clock.monotonic + limit * testPatience
  while true {
    if let value = try await value() { return value }
    guard clock.monotonic < end else { throw NeverHappened(description: "no \(what)") }
    // A pause between two looks, on purpose: a busy loop would starve what is waited for.
    try await Task.sleep(for: .milliseconds(5))
  }
}
