import GatewayCore
import TestSupport
import Testing

/// Receivers of every kind, each subscribed to everything.
struct EventChaosReceivers: Sendable {
  /// Takes everything.
  let good: Receiver
  /// Fail, hang, are gone, ask to be left alone, point elsewhere.
  private let bad: [Receiver]
  /// Where one of them points.
  let elsewhere: Receiver

  init() throws {
    good = try Receiver { _, _ in .answer("204 No Content") }
    let elsewhere = try Receiver { _, _ in .answer("204 No Content") }
    self.elsewhere = elsewhere
    let manners: [@Sendable () -> Receiver.Manner] = [
      { .answer("500 Internal Server Error") }, { .silence }, { .answer("410 Gone") },
      { .answer("429 Too Many Requests", headers: ["Retry-After: 60"]) },
      { .answer("302 Found", headers: ["Location: \(elsewhere.url)"]) },
    ]
    bad = try manners.map { manner in try Receiver { _, _ in manner() } }
  }

  /// Subscribes all of them to all heat pumps.
  func subscribe(to gateway: GatewayProcess) async throws {
    let gateway = DeliveryGateway(process: gateway)
    for receiver in bad + [good] { _ = try await gateway.subscribe(receiver) }
  }

  /// How many events each of those got that do not take them, in the order of the manners.
  var badCounts: [Int] { bad.map(\.messages.count) }

  func stop() {
    for receiver in bad + [good, elsewhere] { receiver.stop() }
  }
}
