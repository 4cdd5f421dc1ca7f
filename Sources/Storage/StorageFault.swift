/// Why the storage did not do what it was asked.
public enum StorageFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// It cannot write or read at present: disk full, read-only, locked, gone. What was asked for has
  /// not happened. The words are for the log.
  case unavailable(String)
  /// The lane was taken over by somebody else: whoever asked must stop writing to the heat pump.
  case leaseLost
  /// An operation is not there, or not in a state in which this could be done to it: it was
  /// withdrawn or has ended. Nothing has happened; ask for the operations again.
  case outdated
  /// What is stored cannot be understood. The words are for the log.
  case damaged(String)

  /// The kind and the words.
  public var description: String {
    switch self {
    case .unavailable(let words): "storage unavailable: \(words)"
    case .leaseLost: "the lane's lease was lost"
    case .outdated: "an operation has changed meanwhile"
    case .damaged(let words): "storage damaged: \(words)"
    }
  }
}
