public import Storage

/// What the writer has done since the file was opened.
public struct SQLiteStatistics: Sendable, Equatable {
  /// Transactions that were committed; each waits once for the disk.
  public var commits = 0
  /// Commands that were carried out in them; divided by ``commits``, how well the wait is shared.
  public var commands = 0
  /// Transactions that failed, with all their commands.
  public var failedCommits = 0
  /// Commands that were refused because too many were waiting.
  public var refusals = 0
  /// Commands that wait at present.
  public var waiting = 0
  /// Why the last transaction that failed did.
  public var lastFault: StorageFault?

  /// Nothing so far.
  public init() {}
}
