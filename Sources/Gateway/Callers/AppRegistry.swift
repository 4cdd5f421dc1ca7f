import Configuration
import GatewayCore
import HeatPumpService

/// The configured apps by name: for what is done on behalf of an app that does not call.
struct AppRegistry: Sendable {
  private let byName: [String: App]

  init(_ apps: [App]) {
    byName = Dictionary(apps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The names of all apps by their organisations', each in order.
  var names: [String: [String]] {
    Dictionary(grouping: byName.values) { $0.organisation.settings.name }
      .mapValues { apps in apps.map(\.name).sorted() }
  }

  /// The app of that name.
  subscript(name: String) -> App? { byName[name] }

  /// The app of that name, if it is configured for that organisation.
  subscript(organisation: String, name: String) -> App? {
    byName[name].flatMap { $0.organisation.settings.name == organisation ? $0 : nil }
  }

  /// The same, if it may hear of events at all.
  func listener(_ organisation: String, _ name: String) -> App? {
    self[organisation, name].flatMap { $0.scopes.contains(.eventsRead) ? $0 : nil }
  }
}
