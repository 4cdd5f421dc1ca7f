import Configuration
import GatewayCore
import HeatPumpService
import HeatPumps

/// An internal application: who it is, what it may do and where.
final class App: Sendable {
  let name: String
  let organisation: OrganisationService
  let scopes: Scopes
  let users: AllowList<ResourceID>
  let heatPumps: AllowList<ResourceID>
  let writeRules: WriteRules
  let limiter: RateLimiter?

  init(
    name: String, organisation: OrganisationService, scopes: Scopes, users: AllowList<ResourceID>,
    heatPumps: AllowList<ResourceID>, writeRules: WriteRules, limiter: RateLimiter? = nil
  ) {
    self.name = name
    self.organisation = organisation
    self.scopes = scopes
    self.users = users
    self.heatPumps = heatPumps
    self.writeRules = writeRules
    self.limiter = limiter
  }

  /// Whether it may see that heat pump: both lists must allow.
  @inline(__always)
  func maySee(_ address: HeatPumpAddress) -> Bool {
    users.allows(address.user) && heatPumps.allows(address.id)
  }

  /// Whether it may see all heat pumps, and so what is about none.
  var seesEverything: Bool { users == .everything && heatPumps == .everything }

  var seesPersonalData: Bool { scopes.contains(.personalDataRead) }
}
