public import GatewayCore

/// Which changes are worth telling.
public struct ChangeSettings: Sendable, Equatable {
  /// By pointer, how far a number must be from the value last told, in the field's unit, to be told
  /// again. Pointers that are not here have no dead-band.
  public let deadBands: [String: ExactDecimal]
  /// A status that returns to what it was within this time after it was told flaps.
  public let flipBackWindow: Duration
  /// A status that changes more often than this within an hour flaps.
  public let changesPerHour: Int
  /// How long a flapping status must stay before it is told again.
  public let stableFor: Duration

  /// By ``WatchedField`` index; made once so that an observation looks nothing up by name.
  let bands: [ExactDecimal?]

  /// What counts unless a configuration says otherwise.
  public static let standard = ChangeSettings(
    checked: standardDeadBands, flipBackWindow: .seconds(600), changesPerHour: 6,
    stableFor: .seconds(600))

  /// 0.3 K for temperatures, 50 W for power; for energy a tenth of a kWh of the day, more of longer
  /// spans.
  public static let standardDeadBands: [String: ExactDecimal] = {
    var bands: [String: ExactDecimal] = ["/readings/power_w": 50]
    for name in [
      "indoor_temperature", "indoor_target_temperature", "outdoor_temperature",
      "inlet_temperature", "outlet_temperature", "hot_water_temperature",
    ] {
      bands["/readings/\(name)"] = ExactDecimal("0.3")
    }
    bands["/consumption/last_day_kwh"] = ExactDecimal("0.1")
    bands["/consumption/last_week_kwh"] = ExactDecimal("0.5")
    bands["/consumption/last_month_kwh"] = 1
    return bands
  }()

  /// Creates settings.
  ///
  /// - Parameters:
  ///   - deadBands: laid over ``standardDeadBands``; zero takes one away.
  ///   - flipBackWindow: from zero, which turns this rule off.
  ///   - changesPerHour: from 1.
  ///   - stableFor: from zero.
  /// - Throws: ``ChangeSettingsFault`` for a pointer without a number or of no event, a negative
  ///   band, or a figure below its least value.
  public init(
    deadBands: [String: ExactDecimal] = [:], flipBackWindow: Duration = .seconds(600),
    changesPerHour: Int = 6, stableFor: Duration = .seconds(600)
  ) throws(ChangeSettingsFault) {
    for (pointer, band) in deadBands {
      guard let field = FieldTable.field(pointer: pointer), field.eventClass != .none,
        field.kind == .decimal || field.kind == .integer
      else { throw .noWatchedNumber(pointer: pointer) }
      guard band >= 0 else { throw .outOfRange("the dead-band of \(pointer)") }
    }
    guard flipBackWindow >= .zero else { throw .outOfRange("the flip-back window") }
    guard changesPerHour >= 1 else { throw .outOfRange("the changes per hour") }
    guard stableFor >= .zero else { throw .outOfRange("the time to be stable") }
    self.init(
      checked: ChangeSettings.standardDeadBands.merging(deadBands) { $1 }.filter { $1 > 0 },
      flipBackWindow: flipBackWindow, changesPerHour: changesPerHour, stableFor: stableFor)
  }

  private init(
    checked deadBands: [String: ExactDecimal], flipBackWindow: Duration, changesPerHour: Int,
    stableFor: Duration
  ) {
    self.deadBands = deadBands
    self.flipBackWindow = flipBackWindow
    self.changesPerHour = changesPerHour
    self.stableFor = stableFor
    bands = WatchedField.all.map { deadBands[$0.field.pointer] }
  }
}

/// Why change settings make no sense.
public enum ChangeSettingsFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// A dead-band for what is no number, or of what no event tells.
  case noWatchedNumber(pointer: String)
  /// A figure below its least value.
  case outOfRange(String)

  /// A sentence for whoever wrote the configuration.
  public var description: String {
    switch self {
    case .noWatchedNumber(let pointer): "\(pointer) is no number that events tell of"
    case .outOfRange(let name): "\(name) is too small"
    }
  }
}
