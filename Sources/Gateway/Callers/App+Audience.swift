import Configuration
import Webhooks

extension App {
  /// What it may be told of events.
  var audience: EventAudience {
    EventAudience(app: name, seesPersonalData: seesPersonalData) {
      [users, heatPumps] user, heatPump in users.allows(user) && heatPumps.allows(heatPump)
    }
  }
}
