public import Configuration
public import Logging

/// What the process lends to reloading: its file, its log, and its word to the service manager.
public struct ReloadSupport: Sendable {
  /// Reads and checks the configuration anew.
  public var load: @Sendable () async throws(ConfigurationFile.Fault) -> LoadedConfiguration
  /// How much is logged.
  public var threshold: LogThreshold
  /// Called with `true` before a reload and with `false` after it.
  public var tell: @Sendable (Bool) -> Void

  /// Creates the support.
  ///
  /// - Parameters:
  ///   - load: reads and checks the configuration anew.
  ///   - threshold: that of the process's log.
  ///   - tell: called with `true` before a reload and with `false` after it.
  public init(
    threshold: LogThreshold = LogThreshold(.info),
    tell: @escaping @Sendable (Bool) -> Void = { _ in },
    load: @escaping @Sendable () async throws(ConfigurationFile.Fault) -> LoadedConfiguration
  ) {
    self.load = load
    self.threshold = threshold
    self.tell = tell
  }

  /// For a gateway whose configuration comes from no file.
  public static let none = ReloadSupport { () async throws(ConfigurationFile.Fault) in
    throw .unreadable("the gateway was started without a file")
  }
}
