internal import GatewayCore
internal import Storage

/// What an organisation's detection remembers besides heat pumps: a row among the detectors', below
/// ids that no heat pump has, so that it changes in one step with the events about it.
enum ServiceMark: UInt64 {
  /// There is a row once all users and heat pumps have been listed.
  case discovered = 1
  /// How listeners were told that the upstream does.
  case upstream = 2

  /// Its place among the heat pumps' tasks.
  var address: HeatPumpAddress {
    HeatPumpAddress(
      user: ResourceID(high: 0, low: 0), id: ResourceID(high: 0, low: rawValue))
  }

  /// Its row.
  func reference(_ organisation: String) -> HeatPumpReference {
    HeatPumpReference(organisation: organisation, user: address.user, id: address.id)
  }
}
