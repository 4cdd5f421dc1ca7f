/// What an app may do at all; where it may do it, its allow-lists say.
struct Scopes: OptionSet, Sendable, Hashable {
  let rawValue: UInt8

  static let heatPumpsRead = Scopes(rawValue: 1 << 0)
  static let heatPumpsWrite = Scopes(rawValue: 1 << 1)
  static let heatPumpsAdmin = Scopes(rawValue: 1 << 2)
  static let personalDataRead = Scopes(rawValue: 1 << 3)
  static let eventsRead = Scopes(rawValue: 1 << 4)
  static let subscriptionsWrite = Scopes(rawValue: 1 << 5)
  static let jobsWrite = Scopes(rawValue: 1 << 6)

  /// The names in the configuration, and what they allow, for the OpenAPI document.
  static let table: [(name: String, scope: Scopes, summary: String)] = [
    ("heat-pumps:read", .heatPumpsRead, "Read heat pumps, statistics and savings."),
    ("heat-pumps:write", .heatPumpsWrite, "Change the settings of heat pumps."),
    ("heat-pumps:admin", .heatPumpsAdmin, "Change lifecycle and internal fields."),
    ("personal-data:read", .personalDataRead, "See owners, comments and links."),
    ("events:read", .eventsRead, "Read events."),
    ("subscriptions:write", .subscriptionsWrite, "Manage subscriptions."),
    ("jobs:write", .jobsWrite, "Run fleet jobs."),
  ]

  /// The scope of that name.
  init?(name: String) {
    guard let row = Scopes.table.first(where: { $0.name == name }) else { return nil }
    self = row.scope
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The names of all scopes in it.
  var names: [String] { Scopes.table.filter { contains($0.scope) }.map(\.name) }
}
