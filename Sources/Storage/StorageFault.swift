/// Why the storage did not do what it was asked.
public enum StorageFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// It cannot write or read at present: disk full, read-only, locked, gone. What was asked for has
  /// not happened. The words are for the log.
  case unavailable(String)
  /// The lane, or the delivery, was taken over by somebody else: whoever asked must stop writing to
  /// the heat pump, or count the delivery as another's.
  case leaseLost
  /// What was to be changed is not as the asker knows it: an operation was withdrawn or has ended,
  /// a subscription or a detector was changed by somebody else. Nothing has happened; read it
  /// again.
  case outdated
  /// What is stored cannot be understood. The words are for the log.
  case damaged(String)

  /// The kind and the words.
  public var description: String {
    switch self {
    case .unavailable(let words): "storage unavailable: \(words)"
    case .leaseLost: "the lease was lost"
    case .outdated: "it has changed meanwhile"
    case .damaged(let words): "storage damaged: \(words)"
    }
  }
}
