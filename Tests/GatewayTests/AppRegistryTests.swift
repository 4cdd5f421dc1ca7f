import Testing

@testable import Gateway

/// Goal: on behalf of an app nothing is done that it may not do itself.
/// Method: apps of one organisation with and without the scope.
@Suite struct AppRegistryTests {
  private let gateway = GatewayFixture()

  @Test func `an app hears of events only in its organisation and with the scope`() {
    let registry = AppRegistry([
      GatewayFixture.app("hears", gateway.service, [.eventsRead, .subscriptionsWrite]),
      GatewayFixture.app("manages", gateway.service, .subscriptionsWrite),
    ])
    #expect(registry.listener("acme", "hears")?.name == "hears")
    #expect(registry.listener("acme", "manages") == nil)
    #expect(registry["acme", "manages"]?.name == "manages")
    #expect(registry.listener("other", "hears") == nil)
    #expect(registry.listener("acme", "nobody") == nil)
  }
}
