public import Storage
public import Testing

/// One promise of ``Storage``'s doc comments, as a test that every implementation has to pass.
public struct ConformanceCase: Sendable, CustomTestStringConvertible {
  /// Makes an empty storage that nothing else uses.
  public typealias Factory = @Sendable () async throws -> any Storage
  /// Closes a storage and opens the same content again, as after a restart.
  public typealias Reopen = @Sendable (any Storage) async throws -> any Storage

  /// The promise.
  public let name: String
  private let body: @Sendable (any Storage) async throws -> Void

  init(_ name: String, _ body: @escaping @Sendable (any Storage) async throws -> Void) {
    self.name = name
    self.body = body
  }

  /// The promise.
  public var testDescription: String { name }

  /// Runs the test against a new storage.
  ///
  /// - Throws: what the storage throws.
  public func run(_ factory: Factory) async throws {
    let storage = try await factory()
    do {
      try await body(storage)
    } catch {
      await storage.close()
      throw error
    }
    await storage.close()
  }

  /// All promises; durability has tests of its own, see ``DurabilityCase``.
  public static let all =
    acceptance + idempotency + lanes + sending + concluding + cancelling + reading + answers
    + pruning + audit + closing + hookEvents + hookEventReplays + hookEventReading
    + hookEventPruning + eventLog + detectors + eventPruning + subscriptions + deliveries
    + deliveryFairness + deliveryReading + deliveryReplays + toldConclusions + jobs + jobSteps
}
