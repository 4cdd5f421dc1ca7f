import Configuration
import GatewayCore
import HeatPumpService
import HeatPumps

/// What an app may hear, as a mark to compare by: a stream goes on as it was opened for as long as
/// the mark stays.
final class Standing: Sendable {}

/// An internal application: who it is, what it may do and where.
final class App: Sendable {
  let name: String
  let organisation: OrganisationService
  let scopes: Scopes
  let users: AllowList<ResourceID>
  let heatPumps: AllowList<ResourceID>
  let writeRules: WriteRules
  let limiter: RateLimiter?
  /// The same as before, unless a new configuration changes what the app may hear.
  let standing: Standing
  /// When the access token ends that it came with; `nil` for an app with a key.
  let tokenEnd: Timestamp?
  private let source: App?

  init(
    name: String, organisation: OrganisationService, scopes: Scopes, users: AllowList<ResourceID>,
    heatPumps: AllowList<ResourceID>, writeRules: WriteRules, limiter: RateLimiter? = nil,
    standing: Standing = Standing()
  ) {
    self.name = name
    self.organisation = organisation
    self.scopes = scopes
    self.users = users
    self.heatPumps = heatPumps
    self.writeRules = writeRules
    self.limiter = limiter
    self.standing = standing
    tokenEnd = nil
    source = nil
  }

  /// Whether it may see that heat pump: both lists must allow.
  @inline(__always)
  func maySee(_ address: HeatPumpAddress) -> Bool {
    users.allows(address.user) && heatPumps.allows(address.id)
  }

  /// Whether it may see all heat pumps, and so what is about none.
  var seesEverything: Bool { users == .everything && heatPumps == .everything }

  /// The app as the configuration has it, also for one that came with an access token.
  var configured: App { source ?? self }

  /// The same app as one of its access tokens lets it be; its other limits and its rate stay.
  ///
  /// - Parameters:
  ///   - limit: the token's scopes; `nil` for all that the app has.
  ///   - end: when the token ends.
  func withToken(scopes limit: Scopes?, end: Timestamp) -> App {
    App(self, limit: limit, end: end)
  }

  private init(_ app: App, limit: Scopes?, end: Timestamp) {
    name = app.name
    organisation = app.organisation
    scopes = limit.map(app.scopes.intersection) ?? app.scopes
    users = app.users
    heatPumps = app.heatPumps
    var rules = app.writeRules
    rules.mayWrite = rules.mayWrite && scopes.contains(.heatPumpsWrite)
    rules.mayAdmin = rules.mayAdmin && scopes.contains(.heatPumpsAdmin)
    writeRules = rules
    limiter = app.limiter
    standing = app.standing
    tokenEnd = end
    source = app.configured
  }

  var seesPersonalData: Bool { scopes.contains(.personalDataRead) }
}
