public import HeatPumps

/// What the app of a job may do at present; asked again and again while the job runs.
public struct JobPermission: Sendable {
  private let reason: String?
  private let maySee: @Sendable (HeatPumpAddress) -> Bool

  /// Creates a permission.
  ///
  /// - Parameters:
  ///   - reason: why the app may not do it at all, for people; `nil` if it may.
  ///   - maySee: whether it may see that heat pump.
  public init(reason: String?, maySee: @escaping @Sendable (HeatPumpAddress) -> Bool) {
    self.reason = reason
    self.maySee = maySee
  }

  /// Why a heat pump is left alone; `nil` if it is not.
  func refusal(of address: HeatPumpAddress) -> String? {
    reason ?? (maySee(address) ? nil : "The app may not see this heat pump any more.")
  }
}

/// Says what an app of an organisation may do with a patch.
public typealias JobGate =
  @Sendable (
    _ organisation: String, _ app: String, _ patch: HeatPumpPatch
  ) -> JobPermission
