public import GatewayCore

/// What a transport has done so far; a snapshot.
public struct CurlCounters: Sendable, Equatable {
  /// Transfers begun, whatever became of them.
  public var transfers = 0
  /// Connections made.
  public var connectionsMade = 0
  /// Transfers that went over a connection that was there already.
  public var connectionsReused = 0
  /// Transfers that are not over yet.
  public var inFlight = 0
  /// Transfers that ended in a fault, by its kind.
  public var faults: [TransportFault.Kind: Int] = [:]

  /// Creates counters that stand at zero.
  public init() {}

  /// The sum of two transports' counters.
  public static func + (left: CurlCounters, right: CurlCounters) -> CurlCounters {
    var sum = left
    sum.transfers += right.transfers
    sum.connectionsMade += right.connectionsMade
    sum.connectionsReused += right.connectionsReused
    sum.inFlight += right.inFlight
    sum.faults.merge(right.faults, uniquingKeysWith: +)
    return sum
  }
}
