import GRDB
import Storage

extension StorageFault {
  /// What a failure inside the database means to whoever asked.
  ///
  /// The words are SQLite's own and its code. They never hold a value.
  init(_ error: any Error) {
    if let fault = error as? StorageFault {
      self = fault
    } else if let error = error as? DatabaseError {
      let code = error.extendedResultCode.rawValue
      let words = "\(error.message ?? "no reason given") (SQLite code \(code))"
      self = Self.damageCodes.contains(error.resultCode) ? .damaged(words) : .unavailable(words)
    } else {
      self = .unavailable("\(error)")
    }
  }

  // SQLITE_ERROR is what a missing table gives.
  private static let damageCodes: [ResultCode] = [
    .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_NOTADB,
  ]

  // SQLite has undone the statement and nothing else; the connection is as good as before.
  private static let statementCodes: [ResultCode] = [
    .SQLITE_CONSTRAINT, .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_RANGE, .SQLITE_TOOBIG,
  ]

  /// Whether an error is about one command alone, so that the others of its group can go on.
  static func concernsOneCommand(_ error: any Error) -> Bool {
    if error is StorageFault { return true }
    return (error as? DatabaseError).map { statementCodes.contains($0.resultCode) } ?? false
  }
}
