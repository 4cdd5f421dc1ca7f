import GatewayCore
import HeatPumpService
import HeatPumps

/// What the app of a running job may do, as the configuration in force says it: a job does not
/// outlive its app's right to it.
enum JobRights {
  /// The gate for the apps in force.
  static func gate(_ generations: Generations, _ clock: any GatewayClock) -> JobGate {
    { organisation, name, patch in
      guard let app = generations.current.apps[organisation, name] else {
        return none("The app of the job is not configured any more.")
      }
      guard app.scopes.contains(.jobsWrite) else {
        return none("The app of the job may run no jobs any more.")
      }
      do throws(GatewayFault) {
        _ = try HeatPumpPatch.validate(patch.body, rules: app.writeRules, now: clock.wall)
      } catch  where error.type == .forbidden || error.type == .guardRail {
        return none("The app of the job may not write this any more.")
      } catch {
        // A time that has passed meanwhile is for the heat pump to judge.
      }
      return JobPermission(reason: nil) { app.maySee($0) }
    }
  }

  private static func none(_ reason: String) -> JobPermission {
    JobPermission(reason: reason) { _ in false }
  }
}
