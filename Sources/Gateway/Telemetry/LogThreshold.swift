public import Configuration
import GatewayCore
public import Logging

/// The level below which nothing is logged, for all loggers of a process together: it can be
/// changed while they are in use.
public final class LogThreshold: Sendable {
  private let present: Locked<Logger.Level>

  /// Begins with a level.
  public init(_ level: Logger.Level) {
    present = Locked(level)
  }

  /// The level.
  public var level: Logger.Level {
    get { present.withLock { $0 } }
    set { present.withLock { $0 = newValue } }
  }
}

extension Logger.Level {
  /// The level of that name.
  public init(_ level: LogConfiguration.Level) {
    self = Logger.Level(rawValue: level.rawValue) ?? .info
  }
}
