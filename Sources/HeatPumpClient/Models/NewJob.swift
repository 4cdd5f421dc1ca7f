public import Foundation

/// A job to be made: one choice of heat pumps, one change, and how to go about it.
public struct NewJob: Sendable, Hashable, Encodable {
  /// Which heat pumps.
  public enum Selection: Sendable, Hashable {
    /// These, by alias or id.
    case heatPumps([String])
    /// All of these users.
    case users([String])
    /// Those that show something: values or conditions by pointer, as the gateway's guide says.
    case filter([String: AnyJSON])
    /// All that the app may see.
    case all
  }

  /// The change.
  public enum Change: Sendable, Hashable {
    /// A patch, as for a single heat pump.
    case patch(HeatPumpPatch)
    /// A command, as for a single heat pump.
    case command(Command)
  }

  /// Which heat pumps.
  public var selection: Selection
  /// The change.
  public var change: Change
  /// How many are begun in a second at most, 0.01 to 1000; 10 if absent.
  public var ratePerSecond: Decimal?
  /// For how long the rate grows.
  public var ramp: ISODuration?
  /// Stop when more of a hundred fail, 0 to 100.
  public var abortAbovePercent: Int?
  /// None is begun after this; a day from now, if absent.
  public var deadline: Date?
  /// How long after its start it puts back; never, if absent.
  public var revertAfter: ISODuration?

  /// A job with the gateway's own defaults.
  public init(_ change: Change, of selection: Selection) {
    self.selection = selection
    self.change = change
  }

  var isDryRun: Bool?

  private enum Keys: String, CodingKey {
    case heatPumps, users, filter, all, patch, command, with
    case ratePerSecond, ramp, abortAbovePercent, deadline, revertAfter, dryRun
  }

  /// Writes what is set.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch selection {
    case .heatPumps(let names): try container.encode(names, forKey: .heatPumps)
    case .users(let ids): try container.encode(ids, forKey: .users)
    case .filter(let conditions): try container.encode(conditions, forKey: .filter)
    case .all: try container.encode(true, forKey: .all)
    }
    switch change {
    case .patch(let patch): try container.encode(patch, forKey: .patch)
    case .command(let command):
      try container.encode(command.name, forKey: .command)
      if let body = command.body { try container.encode(body, forKey: .with) }
    }
    try container.encodeIfPresent(ratePerSecond, forKey: .ratePerSecond)
    try container.encodeIfPresent(ramp, forKey: .ramp)
    try container.encodeIfPresent(abortAbovePercent, forKey: .abortAbovePercent)
    try container.encodeIfPresent(deadline, forKey: .deadline)
    try container.encodeIfPresent(revertAfter, forKey: .revertAfter)
    try container.encodeIfPresent(isDryRun, forKey: .dryRun)
  }
}
