internal import GatewayCore

/// How deliveries are made.
public struct DelivererSettings: Sendable {
  /// How long one attempt may take.
  public var timeout: Duration
  /// Where events may be sent.
  public var targets: TargetPolicy
  /// How many attempts run at the same time, 2 or more.
  public var places = 256
  /// How many of one subscription, 1 or more.
  public var placesPerSubscription = 4
  /// When it is tried again.
  public var schedule = RetrySchedule()
  /// When a subscription is given up.
  public var watch = FailureWatch()
  /// The `User-Agent`.
  public var userAgent = "podero-gateway"

  /// The most of an answer's body that is read; nobody looks at it.
  static let answerBytes = 4096
  /// Beyond the timeout, how long the right to a delivery lasts: for storing what became of it.
  static let leaseMargin = Duration.seconds(10)
  /// The longest pause between two looks at what is due, should a wake-up get lost.
  static let longestPause = Duration.seconds(30)
  /// The pause after the storage failed.
  static let storagePause = Duration.seconds(2)

  /// Creates the settings.
  public init(timeout: Duration = .seconds(15), targets: TargetPolicy) {
    self.timeout = timeout
    self.targets = targets
  }
}
