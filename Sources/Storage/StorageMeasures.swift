public import GatewayCore

/// A storage that counts what it does, and can be looked into.
public protocol MeasuredStorage: Storage {
  /// What was done since it was opened.
  var statistics: StorageStatistics { get }

  /// Measures the content; cheap, however long the history is.
  ///
  /// - Throws: ``StorageFault``.
  func measures() async throws(StorageFault) -> StorageMeasures
}

/// What a storage has done since it was opened.
public struct StorageStatistics: Sendable, Equatable {
  /// Transactions that were committed; each waits once for the disk.
  public var commits = 0
  /// Commands that were carried out in them; divided by ``commits``, how well the wait is shared.
  public var commands = 0
  /// How long the transactions took that were committed, in seconds, the disk included.
  public var durations = HistogramFigures(bounds: [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5,
  ])
  /// How many commands shared each of them.
  public var groups = HistogramFigures(bounds: [1, 2, 5, 10, 25, 50, 100, 250, 1000])
  /// Transactions that failed, with all their commands.
  public var failedCommits = 0
  /// Commands that were refused because too many were waiting.
  public var refusals = 0
  /// Commands that wait at present.
  public var waiting = 0
  /// Why the last transaction that failed did.
  public var lastFault: StorageFault?
  /// Whether that was the last transaction of all.
  public var isFailing = false

  /// Why nothing can be written at present, as far as the last transaction shows.
  public var presentFault: StorageFault? { isFailing ? lastFault : nil }

  /// Nothing so far.
  public init() {}
}

/// What lies in a storage at one moment.
public struct StorageMeasures: Sendable, Equatable {
  /// How large the file is, or all tables and indices.
  public var databaseBytes: Int64 = 0
  /// How large the write-ahead log beside the file is; `nil` where a server keeps it.
  public var logBytes: Int64?
  /// How many operations are `queued`, `sent`, and `accepted` but not verified yet.
  public var operations: [OperationState: Int] = [:]
  /// When the oldest open operation was accepted; `nil` if none is open.
  public var oldestOpen: Timestamp?
  /// How many deliveries wait, to subscriptions that are active.
  public var pendingDeliveries = 0
  /// When the one of them was queued that has waited the longest; `nil` if none waits.
  public var oldestDelivery: Timestamp?
  /// How many subscriptions are `active`, `paused` and `disabled`.
  public var subscriptions: [String: Int] = [:]
  /// How many jobs are `queued`, `running` and `reverting`.
  public var jobs: [JobState: Int] = [:]

  /// Nothing at all.
  public init() {}
}
