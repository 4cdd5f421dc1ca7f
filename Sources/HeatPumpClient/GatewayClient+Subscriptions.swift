import Foundation

// Where a change takes a tag: if the subscription has changed since, nothing is done, and the
// problem is named `precondition-failed`. Without a tag it is done in any case.
extension GatewayClient {
  /// Has events sent to an address.
  ///
  /// Nothing tells a repeat from a second subscription, so it is sent once: after
  /// ``ClientError/noAnswer(_:)``, ``subscriptions(limit:cursor:)`` says whether it was made.
  ///
  /// - Returns: the subscription with its secret, which is shown this once.
  /// - Throws: ``Problem`` (`invalid-subscription`, `too-many-subscriptions`), ``ClientError``.
  public func subscribe(
    _ subscription: NewSubscription
  ) async throws -> Versioned<SubscriptionWithSecret> {
    try await versioned(
      Draft(method: "POST", path: ["subscriptions"], body: try Wire.encode(subscription)))
  }

  /// A page of the app's own subscriptions.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func subscriptions(
    limit: Int = 100, cursor: String? = nil
  ) async throws -> Page<Subscription> {
    try await value(Draft(path: ["subscriptions"], query: Self.page(limit, cursor)))
  }

  /// A subscription.
  ///
  /// - Throws: ``Problem``, ``ClientError``.
  public func subscription(_ id: String) async throws -> Versioned<Subscription> {
    try await versioned(Draft(path: ["subscriptions", id]))
  }

  /// Changes what a subscription wants.
  ///
  /// - Parameter tag: the tag of the version that was decided on; `nil` for any.
  /// - Throws: ``Problem`` (`precondition-failed`, `invalid-subscription`), ``ClientError``.
  public func updateSubscription(
    _ id: String, _ patch: SubscriptionPatch, ifMatch tag: String? = nil
  ) async throws -> Versioned<Subscription> {
    try await versioned(
      Draft(
        method: "PATCH", path: ["subscriptions", id], headers: [("If-Match", tag)],
        body: try Wire.encode(patch), contentType: "application/merge-patch+json"))
  }

  /// Forgets a subscription with all of its deliveries.
  ///
  /// - Parameter tag: the tag of the version that was decided on; `nil` for any.
  /// - Throws: ``Problem`` (`precondition-failed`), ``ClientError``.
  public func deleteSubscription(_ id: String, ifMatch tag: String? = nil) async throws {
    _ = try await send(
      Draft(method: "DELETE", path: ["subscriptions", id], headers: [("If-Match", tag)]))
  }

  /// Has nothing queued nor sent until ``resumeSubscription(_:ifMatch:)``.
  ///
  /// - Parameter tag: the tag of the version that was decided on; `nil` for any.
  /// - Throws: ``Problem`` (`precondition-failed`), ``ClientError``.
  public func pauseSubscription(
    _ id: String, ifMatch tag: String? = nil
  ) async throws -> Versioned<Subscription> {
    try await versioned(Self.change(id, "pause", tag))
  }

  /// Has events queued and sent again, also after the gateway has given the subscription up.
  ///
  /// - Parameter tag: the tag of the version that was decided on; `nil` for any.
  /// - Throws: ``Problem`` (`precondition-failed`), ``ClientError``.
  public func resumeSubscription(
    _ id: String, ifMatch tag: String? = nil
  ) async throws -> Versioned<Subscription> {
    try await versioned(Self.change(id, "resume", tag))
  }

  /// Makes a new secret.
  ///
  /// - Parameters:
  ///   - overlap: for how long the former secret signs, too, `PT0S` to `P7D`; a day if absent.
  ///   - tag: the tag of the version that was decided on; `nil` for any.
  /// - Throws: ``Problem`` (`precondition-failed`), ``ClientError``.
  public func rotateSecret(
    ofSubscription id: String, overlap: ISODuration? = nil, ifMatch tag: String? = nil
  ) async throws -> Versioned<SubscriptionWithSecret> {
    var draft = Self.change(id, "rotate-secret", tag)
    draft.body = try overlap.map { try Wire.encode(["overlap": $0]) }
    return try await versioned(draft)
  }

  /// Sends an event of the type ``EventType/subscriptionTest`` now, once.
  ///
  /// - Throws: ``Problem``, ``ClientError``; that the receiver failed is in the answer.
  public func testSubscription(_ id: String) async throws -> SubscriptionTest {
    try await value(Draft(method: "POST", path: ["subscriptions", id, "test"]))
  }

  /// Sends all events again that a subscription wants, from somewhere on.
  ///
  /// - Returns: how many are queued.
  /// - Throws: ``Problem``, ``ClientError``.
  public func replaySubscription(_ id: String, since start: ReplayStart) async throws -> Int {
    let replayed = try await value(
      Draft(
        method: "POST", path: ["subscriptions", id, "replay"],
        body: try Wire.encode(["since": start])), as: Replayed.self)
    return replayed.queued
  }

  private struct Replayed: Decodable {
    let queued: Int
  }

  private static func change(_ id: String, _ name: String, _ tag: String?) -> Draft {
    Draft(method: "POST", path: ["subscriptions", id, name], headers: [("If-Match", tag)])
  }

  private func versioned<Value: Decodable & Sendable>(
    _ draft: Draft
  ) async throws -> Versioned<Value> {
    let answer = try await send(draft)
    return Versioned(try Self.decode(Value.self, answer), tag: answer.headers["etag"])
  }
}
